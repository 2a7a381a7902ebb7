// A Plotly figure in the page's colours, of the size of its place.
import { useEffect, useRef, useState } from "preact/hooks";

import type { Figure } from "../api/types.js";
import { isDark } from "../model/theme.js";
import { plotly, type PlotElement, type PlotPoint } from "./load.js";
import { dress } from "./theme.js";

interface Props {
	figure: Figure;
	label: string;
	height?: number;
	chosen?: ReadonlySet<number> | null;
	onTrial?: (number: number) => void;
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

export function Plot({ figure, label, height = 300, chosen = null, onTrial }: Props) {
	const ref = useRef<PlotElement>(null);
	const [error, setError] = useState<string | null>(null);
	const dark = isDark.value;

	useEffect(() => {
		const element = ref.current!;
		const { data, layout, has3d } = dress(figure, chosen);
		let current = true;

		plotly(has3d)
			.then((Plotly) => (current ? Plotly.react(element, data, layout, CONFIG) : undefined))
			.then(() => {
				if (!current) return;
				element.dataset.drawn = "yes";
				listen(element, onTrial);
			})
			.catch((cause) => current && setError(String(cause.message ?? cause)));
		return () => void (current = false);
	}, [figure, chosen, dark, onTrial]);

	useEffect(() => {
		const element = ref.current!;
		const has3d = dress(figure, null).has3d;
		const resize = () => element.dataset.drawn && void plotly(has3d).then((P) => P.Plots.resize(element));
		const observer = new ResizeObserver(resize);

		observer.observe(element);
		return () => {
			observer.disconnect();
			void plotly(has3d).then((P) => P.purge(element));
		};
	}, []);

	if (error !== null) return <p class="warning" role="alert">{error}</p>;
	return <div ref={ref} class="plot" role="img" aria-label={label} style={{ height: `${height}px` }} />;
}
