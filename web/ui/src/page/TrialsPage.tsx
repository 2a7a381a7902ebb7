// Some trials of a study side by side.
import { useEffect, useMemo, useState } from "preact/hooks";

import { type ApiError, get, studyUrl } from "../api/client.js";
import type { Figure, Study, Trial } from "../api/types.js";
import { query, studyLink, trialLink } from "../model/route.js";
import { Panel } from "../panel/Panel.js";
import { Plot } from "../plot/Plot.js";
import { escapeText } from "../plot/text.js";
import { Empty, Failure, Loading } from "../view/Empty.js";
import { duration, number } from "../view/format.js";
import { Link } from "../view/Link.js";
import { State } from "../view/State.js";

const MOST = 12;

function numbers(): number[] {
	return [...new Set(query("t").split(",").filter((part) => /^\d+$/.test(part)).map(Number))].slice(0, MOST);
}

function curves(trials: Trial[], metric: string): Figure {
	return {
		data: trials.map((trial) => {
			const reports = (trial.reports ?? []).filter(([, name]) => name === metric);

			return {
				type: "scatter", mode: "lines", name: `trial ${trial.number}`,
				x: reports.map(([iteration]) => Number(iteration)), y: reports.map(([, , value]) => value),
			};
		}),
		layout: { xaxis: { title: { text: "iteration" } }, yaxis: { title: { text: escapeText(metric) } }, showlegend: true },
	};
}

function Rows({ study, trials }: { study: Study; trials: Trial[] }) {
	const rows: [string, (trial: Trial) => string][] = [
		...study.objectives.map((o, i): [string, (t: Trial) => string] => [o.key, (t) => number(t.values?.[i])]),
		...study.parameters.map(({ name }): [string, (t: Trial) => string] => [name, (t) => number(t.params?.[name], 6)]),
		["duration", (t) => duration(t.seconds)],
		["iteration", (t) => number(t.iteration)],
		["why it ended", (t) => t.reason ?? "–"],
	];

	return (
		<div class="scroll" tabIndex={0} role="region" aria-label="Trials side by side">
			<table class="side">
				<thead>
					<tr>
						<th scope="col"><span class="hidden">What</span></th>
						{trials.map((t) => (
							<th key={t.number} scope="col"><Link href={trialLink(study.name, t.number)}>trial {t.number}</Link> <State state={t.state} /></th>
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map(([name, say]) => {
						const cells = trials.map(say);

						return (
							<tr key={name} class={new Set(cells).size > 1 ? "differs" : ""}>
								<th scope="row">{name}</th>
								{cells.map((text, i) => <td key={trials[i]!.number}>{text}</td>)}
							</tr>
						);
					})}
				</tbody>
			</table>
		</div>
	);
}

export function TrialsPage({ study: name }: { study: string }) {
	const [data, setData] = useState<{ study: Study; trials: Trial[] } | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const wanted = query("t");

	useEffect(() => {
		Promise.all([
			get<Study>(studyUrl(name)),
			Promise.all(numbers().map((n) => get<Trial>(studyUrl(name, `/trials/${n}`)))),
		]).then(([study, trials]) => setData({ study, trials }), setError);
	}, [name, wanted]);
	const figures = useMemo(() => {
		const metrics = [...new Set((data?.trials ?? []).flatMap((t) => (t.reports ?? []).map(([, metric]) => metric)))];

		return metrics.map((metric) => ({ metric, figure: curves(data!.trials, metric) }));
	}, [data]);

	if (error !== null) return <Failure error={error} />;
	if (data === null) return <Loading what="the trials" />;
	if (data.trials.length === 0)
		return <Empty title="No trials to compare"><p>Choose some in the table of <Link href={studyLink(name)}>{name}</Link>.</p></Empty>;
	return (
		<>
			<div class="head">
				<p class="crumbs"><Link href={studyLink(name)}>{name}</Link></p>
				<h1>{data.trials.length} trials side by side</h1>
			</div>
			<section class="panel wide" data-panel="side" aria-label="Values"><Rows {...data} /></section>
			<div class="panels">
				{figures.map(({ metric, figure }) => (
					<Panel key={metric} title={metric} name={`curves/${metric}`}><Plot figure={figure} label={`${metric} of the chosen trials`} /></Panel>
				))}
			</div>
		</>
	);
}
