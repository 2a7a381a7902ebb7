// A Plotly figure in the page's colours, of the size of its place.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Figure } from "../api/types.js";
import { isDark } from "../model/theme.js";
import { regrid } from "./grid.js";
import { plotly, type PlotElement, type PlotPoint } from "./load.js";
import { dress, is3d } from "./theme.js";
import { Values } from "./ValuesTable.js";

interface Props {
	figure: Figure;
	label: string;
	height?: number;
	chosen?: ReadonlySet<number> | null;
	onTrial?: (number: number) => void;
	onDrawn?: () => void;
}

const CONFIG = { displayModeBar: false, displaylogo: false, doubleClick: "reset" };

function trialOf(point: PlotPoint): number | null {
	const raw = Array.isArray(point.customdata) ? point.customdata[0] : point.customdata;
	const number = point.data.meta?.trial ?? raw;

	return typeof number === "number" ? number : null;
}

function listen(element: PlotElement, onTrial: ((number: number) => void) | undefined): void {
	element.removeAllListeners?.("plotly_click");
	if (onTrial === undefined) return;
	element.on?.("plotly_click", (event) => {
		const number = event.points?.map(trialOf).find((one) => one !== null);

		if (number !== undefined && number !== null) onTrial(number);
	});
}

// The width of the place; a change of a few pixels is none.
function useWidth(ref: { current: HTMLElement | null }): number {
	const [width, setWidth] = useState(0);

	useEffect(() => {
		const observer = new ResizeObserver(([entry]) => {
			const now = Math.round(entry!.contentRect.width);

			setWidth((was) => (Math.abs(now - was) < 3 ? was : now));
		});

		observer.observe(ref.current!);
		return () => observer.disconnect();
	}, []);
	return width;
}

export function Plot({ figure, label, height = 300, chosen = null, onTrial, onDrawn }: Props) {
	const ref = useRef<PlotElement>(null);
	const [error, setError] = useState<string | null>(null);
	const width = useWidth(ref);
	const dark = isDark.value;
	const grid = useMemo(() => regrid(figure, width), [figure, width]);
	const has3d = is3d(figure);

	useEffect(() => {
		const element = ref.current;
		const { data, layout } = dress(grid?.figure ?? figure, chosen);
		let current = true;

		if (element === null || width === 0) return;
		plotly(has3d)
			.then((Plotly) => (current ? Plotly.react(element, data, { ...layout, width }, CONFIG) : undefined))
			.then(() => {
				if (!current) return;
				element.dataset.drawn = "yes";
				listen(element, onTrial);
				onDrawn?.();
			})
			.catch((cause) => current && setError(String(cause.message ?? cause)));
		return () => void (current = false);
	}, [figure, grid, width, height, chosen, dark, onTrial]);

	useEffect(() => {
		const element = ref.current!;

		return () => {
			if (element.dataset.drawn) void plotly(has3d).then((Plotly) => Plotly.purge(element));
		};
	}, []);

	if (error !== null) return <p class="warning" role="alert">{error}</p>;
	return (
		<div class="plot-box">
			<div ref={ref} class="plot" role="img" aria-label={label} style={{ height: `${grid?.height ?? height}px` }} />
			<Values figure={figure} label={label} />
		</div>
	);
}
