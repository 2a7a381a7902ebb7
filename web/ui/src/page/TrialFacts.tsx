// When, where and how a trial ran, and its attributes.
import { writeJson } from "../api/json.js";
import type { Trial } from "../api/types.js";
import { now } from "../model/clock.js";
import { Panel } from "../panel/Panel.js";
import { duration, moment } from "../view/format.js";

const seconds = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso) / 1000);

function facts(trial: Trial): [string, string][] {
	const started = seconds(trial.started);
	const ran = trial.state === "running" && started !== null ? now.value - started : trial.seconds;

	return ([
		["started", moment(started)],
		["ended", moment(seconds(trial.ended))],
		["duration", started === null ? null : duration(ran)],
		["last iteration", trial.iteration === null ? null : String(trial.iteration)],
		["worker", trial.worker],
		["task", trial.task],
		["checkpoint", trial.checkpoint],
		["proposed by", [trial.source === "strategy" ? null : trial.source, trial.arm].filter(Boolean).join(", ")],
		["attempt", trial.attempt > 1 ? String(trial.attempt) : null],
	] as [string, string | null][]).filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== "");
}

const HIDDEN = new Set(["note", "archived"]);

export function TrialFacts({ trial }: { trial: Trial }) {
	const attributes = Object.entries(trial.attributes).filter(([name]) => !HIDDEN.has(name));

	return (
		<Panel title="Times and attributes" name="facts">
			<dl class="pairs">
				{facts(trial).map(([name, value]) => <div key={name}><dt>{name}</dt><dd title={value}>{value}</dd></div>)}
				{attributes.map(([name, value]) => (
					<div key={`a ${name}`} class="attribute">
						<dt>{name}</dt><dd>{typeof value === "string" ? value : writeJson(value)}</dd>
					</div>
				))}
			</dl>
		</Panel>
	);
}
