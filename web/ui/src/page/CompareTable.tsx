// The results and settings of some studies side by side; what differs stands out.
import type { FileParameter } from "../api/types.js";
import { studyLink } from "../model/route.js";
import { firstGoal, goals } from "../model/table.js";
import { duration, number, onFront } from "../view/format.js";
import { Link } from "../view/Link.js";
import { State } from "../view/State.js";
import type { Compared } from "./compare-figures.js";

type Row = [string, (one: Compared) => string];

function range(parameter: FileParameter | undefined): string {
	if (parameter === undefined) return "–";
	if (parameter.choices) return parameter.choices.join(", ");
	if (parameter.low !== undefined)
		return `${parameter.low} … ${parameter.high}${parameter.scale === "log" ? " log" : ""}${parameter.step ? ` step ${parameter.step}` : ""}`;
	return parameter.type;
}

function rowsOf(list: Compared[]): Row[] {
	const parameters = [...new Set(list.flatMap(({ study }) => study.parameters.map((p) => p.name)))];
	const best: Row[] = [
		["best", ({ study }) => (goals(study.objectives).length > 1 ? onFront(study.best) : number(study.best[0]?.values[firstGoal(study.objectives)]))],
		["trials ended", ({ study }) => String(study.trials.completed + study.trials.pruned + study.trials.failed)],
		["completed", ({ study }) => String(study.trials.completed)],
		["pruned", ({ study }) => String(study.trials.pruned)],
		["failed", ({ study }) => String(study.trials.failed)],
		["compute time", ({ study }) => duration(study.compute_s)],
		["strategy", ({ study }) => study.strategy],
		["pruner", ({ study }) => study.pruner || "none"],
		["seed", ({ study }) => String(study.seed)],
	];

	return [
		...best,
		...parameters.map((name): Row => [`best ${name}`, ({ study }) => number(study.best[0]?.params[name])]),
		...parameters.map((name): Row => [`range of ${name}`, ({ study }) =>
			range(study.definition.parameters?.find((p) => p.name === name))]),
	];
}

export function CompareTable({ list }: { list: Compared[] }) {
	return (
		<section class="panel wide" data-panel="side" aria-label="Settings and results">
			<div class="scroll" tabIndex={0} role="region" aria-label="Studies side by side">
				<table class="side">
					<thead>
						<tr>
							<th scope="col"><span class="hidden">What</span></th>
							{list.map(({ study }) => (
								<th key={study.name} scope="col"><Link href={studyLink(study.name)}>{study.name}</Link> <State state={study.state} /></th>
							))}
						</tr>
					</thead>
					<tbody>
						{rowsOf(list).map(([name, say]) => {
							const cells = list.map(say);

							return (
								<tr key={name} class={new Set(cells).size > 1 ? "differs" : ""}>
									<th scope="row">{name}</th>
									{cells.map((text, i) => <td key={list[i]!.study.name}>{text}</td>)}
								</tr>
							);
						})}
					</tbody>
				</table>
			</div>
		</section>
	);
}
