// What a trial reported, a figure a metric.
import { useMemo } from "preact/hooks";

import type { Figure, Trial } from "../api/types.js";
import { Panel } from "../panel/Panel.js";
import { Plot } from "../plot/Plot.js";
import { escapeText } from "../plot/text.js";
import { plural } from "../view/format.js";

type Reports = NonNullable<Trial["reports"]>;

function curve(metric: string, reports: Reports): Figure {
	return {
		data: [{
			type: "scatter", mode: reports.length > 60 ? "lines" : "lines+markers",
			x: reports.map(([iteration]) => Number(iteration)), y: reports.map(([, , value]) => value),
		}],
		layout: {
			xaxis: { title: { text: "iteration" } },
			yaxis: { title: { text: escapeText(metric) } },
			showlegend: false,
		},
	};
}

export function TrialCurves({ trial }: { trial: Trial }) {
	const figures = useMemo(() => {
		const byMetric = new Map<string, Reports>();

		for (const report of trial.reports ?? []) {
			const list = byMetric.get(report[1]);

			if (list) list.push(report);
			else byMetric.set(report[1], [report]);
		}
		return [...byMetric].map(([metric, reports]) => ({ metric, reports, figure: curve(metric, reports) }));
	}, [trial.reports?.length, trial.revision]);

	if (figures.length === 0)
		return <Panel title="Curves" name="curve"><p class="nothing">It has reported nothing yet.</p></Panel>;
	return (
		<>
			{figures.map(({ metric, reports, figure }) => (
				<Panel key={metric} title={metric} name="curve" tools={<span class="hint">{plural(reports.length, "report")}</span>}>
					<Plot figure={figure} label={`${metric} by iteration of trial ${trial.number}`} height={240} />
				</Panel>
			))}
		</>
	);
}
