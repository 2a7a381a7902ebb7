// A field of the form: its label, a hint, and what the server says is wrong with it.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import { useComplaint } from "./complaint.js";

interface FieldProps {
	path: string;
	label: string;
	hint?: string;
	wide?: boolean;
	render: (attributes: { id: string; "aria-invalid": boolean; "aria-describedby": string | undefined }) => ComponentChildren;
}

export function Field({ path, label, hint, wide, render }: FieldProps) {
	const id = useId();
	const wrong = useComplaint(path);
	const described = wrong !== null || hint ? `${id}-about` : undefined;

	return (
		<div data-path={path} class={`field ${wide ? "wide" : ""} ${wrong === null ? "" : "wrong"}`}>
			<label for={id}>{label}</label>
			{render({ id, "aria-invalid": wrong !== null, "aria-describedby": described })}
			{described && <small id={described}>{wrong ?? hint}</small>}
		</div>
	);
}

interface TextProps {
	path: string;
	label: string;
	hint?: string;
	wide?: boolean;
	value: string;
	placeholder?: string;
	numeric?: boolean;
	list?: string;
	set: (text: string) => void;
}

export function TextField({ value, placeholder, numeric, list, set, ...field }: TextProps) {
	return (
		<Field {...field} render={(attributes) => (
			<input {...attributes} value={value} placeholder={placeholder} list={list} autocomplete="off" spellcheck={false}
				inputMode={numeric ? "decimal" : undefined} onInput={(event) => set(event.currentTarget.value)} />
		)} />
	);
}

interface ChoiceProps {
	path: string;
	label: string;
	hint?: string;
	value: string;
	options: (string | [string, string])[];
	set: (value: string) => void;
}

export function ChoiceField({ value, options, set, ...field }: ChoiceProps) {
	const pairs = options.map((one): [string, string] => (typeof one === "string" ? [one, one] : one));

	return (
		<Field {...field} render={(attributes) => (
			<select {...attributes} value={value} onChange={(event) => set(event.currentTarget.value)}>
				{!pairs.some(([key]) => key === value) && <option value={value}>{value}</option>}
				{pairs.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
			</select>
		)} />
	);
}
