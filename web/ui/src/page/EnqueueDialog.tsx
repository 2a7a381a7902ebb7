// A point made by hand, which is tried next. It begins as a copy of the best, or of a chosen trial.
import { useState } from "preact/hooks";

import type { FileParameter, Value } from "../api/types.js";
import { enqueueTrial } from "../model/commands.js";
import { readNumber } from "../model/number.js";
import type { StudyModel } from "../model/study.js";
import type { StudyView } from "../model/view.js";
import { Dialog } from "../view/Dialog.js";

interface Props {
	model: StudyModel;
	view: StudyView;
	onClose: () => void;
}

// What a field says as a value of its parameter; nothing: the parameter is left out.
function valueOf(text: string, parameter: FileParameter): Value {
	if (parameter.type === "float" || parameter.type === "int") return readNumber(text) ?? null;
	const choices = parameter.type === "bool" ? [true, false] : parameter.choices ?? [];

	return choices.find((choice) => String(choice) === text) ?? null;
}

function Input({ parameter, value, set }: { parameter: FileParameter; value: string; set: (text: string) => void }) {
	if (parameter.type === "float" || parameter.type === "int" || (parameter.type !== "bool" && !parameter.choices))
		return <input value={value} inputMode="decimal" onInput={(event) => set(event.currentTarget.value)} />;
	const choices = parameter.type === "bool" ? [true, false] : parameter.choices!;

	return (
		<select value={value} onChange={(event) => set(event.currentTarget.value)}>
			<option value="">–</option>
			{choices.map((choice) => <option key={String(choice)}>{String(choice)}</option>)}
		</select>
	);
}

const bounds = (p: FileParameter): string =>
	p.low === undefined ? "" : ` (${p.low} to ${p.high}${p.scale === "log" ? ", log" : ""})`;

function start(model: StudyModel, view: StudyView): Record<string, string> {
	const [chosen] = view.chosen.value;
	const row = model.rows.value.find((one) => one.number === chosen);
	const params = row?.params ?? model.study.value?.best[0]?.params ?? {};

	return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

export function EnqueueDialog({ model, view, onClose }: Props) {
	const parameters = model.study.value?.definition.parameters ?? [];
	const [draft, setDraft] = useState(() => start(model, view));
	const send = async () => {
		const params: Record<string, Value> = {};

		for (const parameter of parameters) {
			const value = valueOf(draft[parameter.name ?? ""] ?? "", parameter);

			if (parameter.name && value !== null) params[parameter.name] = value;
		}
		if (await enqueueTrial(model, params)) onClose();
	};

	return (
		<Dialog title="Try a point" onClose={onClose}>
			<form onSubmit={(event) => (event.preventDefault(), void send())}>
				<p class="faint">The next trial has these values. Leave out what does not apply under the conditions of the space.</p>
				<div class="fields">
					{parameters.filter((p) => p.name).map((parameter) => (
						<label key={parameter.name} class="field">
							<span>{parameter.name}<small>{bounds(parameter)}</small></span>
							<Input parameter={parameter} value={draft[parameter.name!] ?? ""}
								set={(text) => setDraft({ ...draft, [parameter.name!]: text })} />
						</label>
					))}
				</div>
				<footer><button type="submit" class="primary">Try it next</button></footer>
			</form>
		</Dialog>
	);
}
