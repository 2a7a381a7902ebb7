import { change, draft, generation } from "./draft.js";
import { ParameterRow } from "./ParameterRow.js";
import { OwnText } from "./OwnText.js";

export function ParametersSection() {
	const list = draft.value.parameters ?? [];

	return (
		<section class="panel form-section">
			<h2>Parameters</h2>
			<p class="faint">
				What may vary. On a ClearML server a name has its section before it, <code>Args/lr</code>;
				what Hydra reads is <code>Hydra/model.depth</code>.
			</p>
			{list.map((parameter, i) => <ParameterRow key={`${generation.value} ${i}`} parameter={parameter} index={i} />)}
			<div class="row">
				<button onClick={() => change({ parameters: [...list, { name: "", type: "float" }] })}>Add a parameter</button>
			</div>
			<OwnText path="constraints" label="Constraints between parameters" wide placeholder="layers * units <= 2048; batch <= 512"
				hint="Several with semicolons between them." initial={(draft.value.constraints ?? []).join("; ")}
				set={(text) => change({ constraints: text.split(";").map((one) => one.trim()).filter((one) => one !== "") })} />
		</section>
	);
}
