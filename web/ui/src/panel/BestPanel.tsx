// The best trials, with their values to copy.
import { useState } from "preact/hooks";

import { writeJson } from "../api/json.js";
import type { Best } from "../api/types.js";
import { trialLink } from "../model/route.js";
import type { StudyModel } from "../model/study.js";
import { Copy } from "../view/Copy.js";
import { number, shellWord } from "../view/format.js";
import { Link } from "../view/Link.js";
import { Panel } from "./Panel.js";

const flags = (best: Best): string =>
	Object.entries(best.params).map(([name, value]) =>
		`${shellWord(`--${name.replace(/^Args\//, "")}`)} ${shellWord(String(value))}`).join(" ");

function Which({ list, at, choose }: { list: Best[]; at: number; choose: (i: number) => void }) {
	if (list.length < 2) return null;
	return (
		<select aria-label="Which of the best" value={String(at)} onChange={(e) => choose(Number(e.currentTarget.value))}>
			{list.map((best, i) => (
				<option key={best.number} value={i}>trial {best.number}: {best.values.map((v) => number(v, 4)).join(", ")}</option>
			))}
		</select>
	);
}

export function BestPanel({ model }: { model: StudyModel }) {
	const study = model.study.value!;
	const [chosen, choose] = useState(0);
	const best = study.best[Math.min(chosen, study.best.length - 1)];
	const title = study.best.length > 1 ? "Best trials (Pareto front)" : "Best trial";

	if (best === undefined)
		return (
			<Panel title={title} name="best">
				<p class="nothing">{study.trials.completed > 0 ? "No completed trial keeps the bounds." : "No trial has completed yet."}</p>
			</Panel>
		);
	return (
		<Panel title={title} name="best" tools={<Which list={study.best} at={chosen} choose={choose} />}>
			<div class="values">
				{study.objectives.map((objective, i) => (
					<div key={objective.key} class="value">
						<b>{number(best.values[i])}</b><span>{objective.key}</span>
					</div>
				))}
			</div>
			<dl class="pairs">
				{Object.entries(best.params).map(([name, value]) => (
					<div key={name}><dt title={name}>{name}</dt><dd title={String(value)}>{number(value, 6)}</dd></div>
				))}
			</dl>
			<div class="row">
				<Copy text={() => writeJson(best.params)}>Copy JSON</Copy>
				<Copy text={() => flags(best)}>Copy flags</Copy>
				<span class="fill" />
				<Link href={trialLink(study.name, best.number)}>trial {best.number}</Link>
			</div>
		</Panel>
	);
}
