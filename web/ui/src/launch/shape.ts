// A study file as the form can hold it. What is typed or imported may be anything: what is of
// another shape is refused here, and whether it is right is for the server to say.
import type { StudyFile } from "../api/types.js";

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => typeof value === "object" && value !== null && !Array.isArray(value);
const isListOf = (is: (value: unknown) => boolean) => (value: unknown): boolean => Array.isArray(value) && value.every(is);
const isText = (value: unknown): boolean => typeof value === "string";

function want(value: unknown, is: (value: unknown) => boolean, path: string, what: string): void {
	if (value !== undefined && !is(value)) throw new Error(`${path} is no ${what}.`);
}

// "strategy": "tpe" is short for {"name": "tpe"}.
const spelledOut = (value: unknown): unknown => (typeof value === "string" ? { name: value } : value);

function wantParameter({ choices, when }: Bag, path: string): void {
	want(choices, Array.isArray, `${path}.choices`, "list");
	want(when, (value) => isBag(value) && Object.values(value).every(Array.isArray), `${path}.when`, "object of lists");
}

export function shaped(content: unknown): StudyFile {
	if (!isBag(content)) throw new Error("A study is an object with parameters and objectives.");
	const file: Bag = { ...content };

	for (const key of ["strategy", "pruner"]) if (key in file) file[key] = spelledOut(file[key]);
	for (const key of ["strategy", "pruner", "limits", "task"]) want(file[key], isBag, key, "object");
	for (const key of ["objectives", "parameters"]) want(file[key], isListOf(isBag), key, "list of objects");
	want(file.constraints, isListOf(isText), "constraints", "list of texts");
	((file.parameters ?? []) as Bag[]).forEach((one, i) => wantParameter(one, `parameters[${i}]`));
	want((file.task as Bag | undefined)?.command, isListOf(isText), "task.command", "list of texts");
	want((file.task as Bag | undefined)?.env, isBag, "task.env", "object");
	return file as StudyFile;
}
