// A figure of many small plots, in as many columns as there is room for.
import type { Figure } from "../api/types.js";

const PLOT_PX = 250; // wide at least
const ROW_PX = 220;

const axes = (layout: Record<string, any>, letter: string): string[] =>
	Object.keys(layout).filter((key) => new RegExp(`^${letter}axis\\d*$`).test(key))
		.sort((a, b) => Number(a.slice(5) || 1) - Number(b.slice(5) || 1));

export interface Grid {
	figure: Figure;
	height: number;
}

// What the server laid out in a grid is laid out anew for a width; null where it is no grid.
export function regrid(figure: Figure, width: number): Grid | null {
	const names = axes(figure.layout, "y");

	if (figure.layout.grid === undefined || names.length < 2 || width <= 0) return null;
	const most = Math.max(1, Math.min(names.length, Math.floor(width / PLOT_PX)));
	const rows = Math.ceil(names.length / most);
	const columns = Math.ceil(names.length / rows); // as many in each row
	const layout: Record<string, any> = {
		...figure.layout,
		grid: { rows, columns, pattern: "independent", xgap: 0.14, ygap: 0.42 },
	};
	const title = names.map((name) => figure.layout[name].title).find((one) => one !== undefined);

	axes(figure.layout, "x").forEach((name) => {
		layout[name] = { nticks: 5, tickangle: 0, ...figure.layout[name] };
	});
	names.forEach((name, i) => {
		const { title: _, ...rest } = figure.layout[name];

		layout[name] = i % columns === 0 && title !== undefined ? { ...rest, title } : rest;
	});
	return { figure: { data: figure.data, layout }, height: Math.max(260, rows * ROW_PX) };
}
