// Who works on the study, and what is free.
import type { StudyModel } from "../model/study.js";
import { plural } from "../view/format.js";
import { Panel } from "./Panel.js";

const SHOWN = 6;

export function ResourcesPanel({ model }: { model: StudyModel }) {
	const resources = model.resources.value;
	const { trials } = model.study.value!;

	if (resources === null) return <Panel title="Resources" name="resources"><p class="nothing">…</p></Panel>;
	const workers = resources.workers.slice().sort((a, b) => Number(b.alive) - Number(a.alive) || b.id - a.id);

	return (
		<Panel title="Resources" name="resources">
			<div class="values">
				<div class="value"><b>{resources.running}</b><span>running</span></div>
				<div class="value"><b>{resources.free}</b><span>free of {plural(resources.slots, "slot")}</span></div>
				<div class="value"><b>{trials.waiting}</b><span>waiting</span></div>
			</div>
			{workers.length === 0
				? <p class="nothing">Nobody works on it now.</p>
				: <ul class="workers">
					{workers.slice(0, SHOWN).map((worker) => (
						<li key={worker.id}>
							<span class={`dot ${worker.alive ? "on" : ""}`} aria-hidden="true" />
							<span class="who" title={worker.name}>{worker.name}</span>
							<span class="faint">{worker.alive
								? `runs ${plural(worker.running, "trial")}`
								: "ended"}</span>
						</li>
					))}
				</ul>}
			{workers.length > SHOWN && <p class="faint">and {workers.length - SHOWN} more</p>}
		</Panel>
	);
}
