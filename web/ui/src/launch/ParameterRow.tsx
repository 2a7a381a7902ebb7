// One parameter of the space: a range or a list, and when it is there at all.
import { readJson, writeJson } from "../api/json.js";
import type { FileParameter, Whole } from "../api/types.js";
import { readNumber } from "../model/number.js";
import { useComplaint } from "./complaint.js";
import { change, draft, generation } from "./draft.js";
import { ChoiceField, Field, TextField } from "./Field.js";
import { OwnText } from "./OwnText.js";
import { readChoices, readValue, readWhen, writeChoices, writeValue, writeWhen } from "./words.js";

const TYPES: [string, string][] = [
	["float", "real"], ["int", "whole"], ["categorical", "choice"],
	["ordinal", "ordered choice"], ["bool", "yes / no"],
];
const OURS = new Set(TYPES.map(([type]) => type));
const isNumber = (type: string) => type === "float" || type === "int";

interface Props {
	parameter: FileParameter;
	index: number;
}

type Set = (changes: Partial<FileParameter>) => void;

// Another kind keeps what it can use of the old one.
function retyped(parameter: FileParameter, type: string): FileParameter {
	const { name, when, low, high, scale, choices } = parameter;
	const kept: FileParameter = { name, type, ...(when ? { when } : {}) };

	if (isNumber(type)) return { ...kept, ...(low !== undefined ? { low } : {}), ...(high !== undefined ? { high } : {}), ...(scale ? { scale } : {}) };
	if (type === "bool") return kept;
	return { ...kept, choices: choices ?? [] };
}

function Numbers({ path, parameter, set }: { path: string; parameter: FileParameter; set: Set }) {
	const text = (value: Whole | undefined) => (value === undefined ? "" : String(value));
	const number = (key: "low" | "high" | "step") => (typed: string) => set({ [key]: readNumber(typed) as Whole | undefined });

	return (
		<>
			<OwnText path={`${path}.low`} label="From" numeric placeholder="1e-5" initial={text(parameter.low)} set={number("low")} />
			<OwnText path={`${path}.high`} label="To" numeric placeholder="0.1" initial={text(parameter.high)} set={number("high")} />
			<ChoiceField path={`${path}.scale`} label="Scale" value={parameter.scale ?? "linear"} options={["linear", "log"]}
				set={(scale) => set({ scale: scale === "linear" ? undefined : scale })} />
			{parameter.scale !== "log" && <OwnText path={`${path}.step`} label="Step" numeric placeholder="none" initial={text(parameter.step)} set={number("step")} />}
		</>
	);
}

// A parameter object of ClearML, or one that we do not know: as JSON.
function Foreign({ path, parameter, put }: { path: string; parameter: FileParameter; put: (p: FileParameter) => void }) {
	const typed = (text: string) => {
		try {
			put(readJson(text));
		} catch {
			// Half a thought: wait for the rest.
		}
	};

	return (
		<Field path={path} label={parameter.type} wide render={(attributes) => (
			<textarea {...attributes} rows={3} spellcheck={false} defaultValue={writeJson(parameter)}
				onInput={(event) => typed(event.currentTarget.value)} />
		)} />
	);
}

export function ParameterRow({ parameter, index }: Props) {
	const path = `parameters[${index}]`;
	const list = draft.value.parameters ?? [];
	const put = (next: FileParameter | null) => change({
		parameters: list.flatMap((one, i) => (i !== index ? [one] : next === null ? [] : [next])),
	});
	const set: Set = (changes) => {
		const next: FileParameter = { ...parameter, ...changes };

		for (const [key, value] of Object.entries(next)) if (value === undefined) delete next[key];
		put(next);
	};
	// The rows after it move up, and with them what their fields show.
	const remove = () => {
		put(null);
		generation.value++;
	};
	const isOurs = OURS.has(parameter.type);
	const whole = useComplaint(isOurs ? path : null);

	return (
		<fieldset class="item" data-path={isOurs ? path : undefined}>
			<legend class="hidden">Parameter {index + 1}</legend>
			{!isOurs ? <Foreign path={path} parameter={parameter} put={put} /> : (
				<>
					<TextField path={`${path}.name`} label="Name" placeholder="lr" value={parameter.name ?? ""} set={(name) => set({ name })} />
					<ChoiceField path={`${path}.type`} label="Type" value={parameter.type} options={TYPES} set={(type) => put(retyped(parameter, type))} />
					{isNumber(parameter.type) && <Numbers path={path} parameter={parameter} set={set} />}
					{parameter.type !== "bool" && !isNumber(parameter.type) && (
						<OwnText path={`${path}.choices`} label="Choices" wide placeholder="adam, sgd" hint="With commas between them."
							initial={writeChoices(parameter.choices)} set={(text) => set({ choices: readChoices(text) })} />
					)}
					<OwnText path={`${path}.default`} label="Default" placeholder="none" initial={writeValue(parameter.default)}
						set={(text) => set({ default: text.trim() === "" ? undefined : readValue(text) })} />
					<OwnText path={`${path}.when`} label="Only when" placeholder="optimizer=sgd" initial={writeWhen(parameter.when)}
						set={(text) => set({ when: readWhen(text) })} />
				</>
			)}
			<button class="small quiet" onClick={remove} title="Remove" aria-label={`Remove parameter ${parameter.name || index + 1}`}>✕</button>
			{whole !== null && <p class="wrong-line">{whole}</p>}
		</fieldset>
	);
}
