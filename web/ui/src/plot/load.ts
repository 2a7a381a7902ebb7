// Plotly is loaded when the first figure comes into view, its 3-D half where one needs that.

export interface Plotly {
	react(element: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
	purge(element: HTMLElement): void;
	downloadImage(element: HTMLElement, options: object): Promise<unknown>;
	Plots: { resize(element: HTMLElement): void };
}

export interface PlotElement extends HTMLDivElement {
	on?(event: string, listener: (event: { points?: PlotPoint[] }) => void): void;
	removeAllListeners?(event: string): void;
}

export interface PlotPoint {
	customdata?: unknown;
	data: { meta?: { trial?: number }; name?: string };
}

const loads = new Map<string, Promise<Plotly>>();

function load(url: string): Promise<Plotly> {
	return new Promise((resolve, reject) => {
		const script = document.createElement("script");

		script.src = url;
		script.onload = () => resolve((window as unknown as { Plotly: Plotly }).Plotly);
		script.onerror = () => reject(new Error(`The figures need ${url}, which did not load.`));
		document.head.append(script);
	});
}

export function plotly(has3d: boolean): Promise<Plotly> {
	const url = has3d ? "/plotly3d.js" : "/plotly.js";
	let loading = loads.get(url);

	if (loading === undefined) {
		loading = load(url);
		loading.catch(() => loads.delete(url)); // the next figure tries again
		loads.set(url, loading);
	}
	return loading;
}
