// Fetching a figure, again and again while the study changes, but only while it is looked at.
import { useEffect, useRef, useState } from "preact/hooks";

import { type ApiError, getFigure } from "../api/client.js";
import type { Figure } from "../api/types.js";

const PAUSE_MS = 2000;

// Figures that a page is sure to show, asked for with its study rather than when they come into
// view: on a large study drawing them takes longest.
const ahead = new Map<string, Promise<Figure>>();

export function askAhead(url: string): () => void {
	const stop = new AbortController();
	const asked = getFigure(url, stop.signal);

	asked.catch(() => undefined); // who shows it hears of that
	ahead.set(url, asked);
	return () => {
		ahead.delete(url);
		stop.abort();
	};
}

// What was asked for ahead is of the study as it came: of no later version.
function fetchFigure(url: string, version: number, signal: AbortSignal): Promise<Figure> {
	const asked = version === 0 ? ahead.get(url) : undefined;

	ahead.delete(url);
	return asked ?? getFigure(url, signal);
}

export interface FigureState {
	figure: Figure | null;
	error: ApiError | null;
}

// `version` grows with each change; a figure is fetched at most every PAUSE_MS.
export function useFigure(url: string, version: number, visible: boolean): FigureState {
	const [state, setState] = useState<FigureState>({ figure: null, error: null });
	const have = useRef("");
	const last = useRef(0);
	const wanted = `${url} ${version}`;

	useEffect(() => {
		if (!visible || have.current === wanted) return;
		const stop = new AbortController();
		const same = have.current.startsWith(`${url} `);
		const wait = same ? Math.max(0, last.current + PAUSE_MS - Date.now()) : 0;
		const timer = setTimeout(async () => {
			try {
				const figure = await fetchFigure(url, version, stop.signal);

				have.current = wanted;
				last.current = Date.now();
				setState({ figure, error: null });
			} catch (error) {
				if (!stop.signal.aborted) setState((was) => ({ ...was, error: error as ApiError }));
			}
		}, wait);

		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [wanted, visible]);
	return state;
}
