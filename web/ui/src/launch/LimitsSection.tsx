import { readNumber } from "../model/number.js";
import { changeIn, draft, generation } from "./draft.js";
import { LIMITS, shown, type LimitField } from "./limits.js";
import { OwnText } from "./OwnText.js";

function Limit({ key: _, field }: { key?: string; field: LimitField }) {
	const value = draft.value.limits?.[field.key];

	return (
		<OwnText key={generation.value} path={`limits.${field.key}`} label={field.label} hint={field.hint} numeric placeholder="no limit"
			initial={shown(field, value)} set={(text) => changeIn("limits", { [field.key]: readNumber(text) })} />
	);
}

export function LimitsSection() {
	return (
		<section class="panel form-section">
			<h2>Limits</h2>
			<div class="fields">
				{LIMITS.filter((field) => !field.advanced).map((field) => <Limit key={field.key} field={field} />)}
			</div>
			<details class="advanced">
				<summary>Advanced</summary>
				<div class="fields">
					{LIMITS.filter((field) => field.advanced).map((field) => <Limit key={field.key} field={field} />)}
				</div>
			</details>
		</section>
	);
}
