// Where we are: the path chooses the page, the query holds its view, so that a link restores both.
import { signal } from "@preact/signals";

import { nameOf, segment } from "../api/client.js";

interface Place {
	path: string[]; // decoded segments, names of studies among them
	query: URLSearchParams;
}

function read(): Place {
	const path = window.location.pathname.split("/").filter((part) => part !== "");

	return { path: path.map(decode), query: new URLSearchParams(window.location.search) };
}

function decode(part: string): string {
	try {
		return nameOf(decodeURIComponent(part));
	} catch {
		return part; // a stray percent sign
	}
}

export const place = signal<Place>(read());

window.addEventListener("popstate", () => (place.value = read()));

export function go(address: string): void {
	history.pushState(null, "", address);
	place.value = read();
	window.scrollTo(0, 0);
}

// Changes keys of the query in place: filters and the like are no steps of the history.
export function setQuery(changes: Record<string, string | null>): void {
	const query = new URLSearchParams(window.location.search);

	for (const [key, value] of Object.entries(changes)) {
		if (value === null || value === "") query.delete(key);
		else query.set(key, value);
	}
	const text = query.toString();

	history.replaceState(null, "", window.location.pathname + (text === "" ? "" : `?${text}`));
	place.value = read();
}

export const query = (key: string): string => place.value.query.get(key) ?? "";

export const studyLink = (study: string, view = ""): string =>
	`/study/${segment(study)}${view === "" ? "" : `?${view}`}`;
export const trialLink = (study: string, trial: number): string =>
	`/study/${segment(study)}/trial/${trial}`;
export const trialsLink = (study: string, trials: number[]): string =>
	`/study/${segment(study)}/compare?t=${trials.join(",")}`;
export const compareLink = (studies: string[]): string =>
	`/compare?${studies.map((name) => `s=${encodeURIComponent(name)}`).join("&")}`;
export const cloneLink = (study: string): string => `/launch?from=${encodeURIComponent(study)}`;
