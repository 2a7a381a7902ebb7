// Which parameters have an axis.
import { setQuery } from "../model/route.js";
import type { StudyModel } from "../model/study.js";
import { Dialog } from "../view/Dialog.js";
import type { Axis } from "./axes.js";

export function AxesDialog({ model, shown, onClose }: { model: StudyModel; shown: Axis[]; onClose: () => void }) {
	const names = (model.study.value?.parameters ?? []).map(({ name }) => name);
	const chosen = new Set(shown.map((axis) => axis.key));
	const toggle = (name: string) => {
		if (!chosen.delete(name)) chosen.add(name);
		setQuery({ axes: names.filter((one) => chosen.has(one)).map(encodeURIComponent).join(",") });
	};

	return (
		<Dialog title="Axes" onClose={onClose}>
			<div class="columns">
				{names.map((name) => (
					<label key={name} class="check">
						<input type="checkbox" checked={chosen.has(name)} onChange={() => toggle(name)} /> {name}
					</label>
				))}
			</div>
			<footer><button onClick={() => setQuery({ axes: null })}>As at first</button></footer>
		</Dialog>
	);
}
