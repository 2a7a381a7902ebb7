// The figures of the comparison of studies, drawn from their trials.
import type { Figure, Study } from "../api/types.js";
import { bestSoFar, goals, type Row } from "../model/table.js";
import { escapeText } from "../plot/text.js";

export interface Compared {
	study: Study;
	rows: Row[];
}

const firstGoal = (study: Study): number => goals(study.objectives)[0] ?? 0;

const axisName = (list: Compared[]): string =>
	escapeText([...new Set(list.map(({ study }) => study.objectives[firstGoal(study)]?.key ?? ""))].join(" / "));

// The best value against the number of trials that had ended, or the minutes since the first.
export function bestFigure(list: Compared[], byTime: boolean): Figure {
	const data = list.map(({ study, rows }) => {
		const index = firstGoal(study);
		const ended = rows.filter((row) => row.ended !== null).map((row) => row.ended!).sort((a, b) => a - b);
		const begin = Math.min(...rows.map((row) => row.started ?? Infinity));
		const steps = bestSoFar(rows, study.objectives, index);
		const at = (moment: number) =>
			byTime ? (moment - begin) / 60 : ended.filter((one) => one <= moment).length;
		const x = steps.map((row) => at(row.ended ?? begin));
		const y = steps.map((row) => row.values[index]!);

		if (y.length > 0) {
			x.push(at(ended[ended.length - 1]!));
			y.push(y[y.length - 1]!);
		}
		return { type: "scatter", mode: "lines", line: { shape: "hv" }, name: escapeText(study.name), x, y };
	});

	return {
		data,
		layout: {
			xaxis: { title: { text: byTime ? "minutes" : "trials ended" } },
			yaxis: { title: { text: axisName(list) } },
			showlegend: true,
		},
	};
}

// The share of completed trials at or below each value.
export function distributionFigure(list: Compared[]): Figure {
	const data = list.map(({ study, rows }) => {
		const index = firstGoal(study);
		const x = rows.filter((row) => row.state === "completed" && row.values[index] != null)
			.map((row) => row.values[index]!).sort((a, b) => a - b);

		return {
			type: "scatter", mode: "lines", line: { shape: "hv" }, name: escapeText(study.name),
			x, y: x.map((_, i) => (i + 1) / x.length),
		};
	});

	return {
		data,
		layout: {
			xaxis: { title: { text: axisName(list) } },
			yaxis: { title: { text: "share of trials" }, range: [0, 1.02] },
			showlegend: true,
		},
	};
}
