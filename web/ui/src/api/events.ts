// What changes on the server, as it tells of it.
import { signal } from "@preact/signals";

import { readJson } from "./json.js";
import type { StudyRow } from "./types.js";

export type Connection = "none" | "connecting" | "live" | "lost";

// What the mark in the head of the page shows.
export const connection = signal<Connection>("none");

export interface Watcher {
	// After each connection: what happened before it is not told.
	onOpen(): void;
	onStudy(row: StudyRow): void;
	onList?(): void;
	onGone?(name: string): void;
}

const PAUSE_MS = 2000;

// Listens until the returned function is called. Where the browser gives up, as it does after
// an answer that is no stream, we begin anew after a pause.
export function watch(study: string | null, watcher: Watcher): () => void {
	const url = study === null ? "/api/events" : `/api/events?study=${encodeURIComponent(study)}`;
	let source: EventSource;
	let timer: ReturnType<typeof setTimeout> | undefined;

	const open = () => {
		source = new EventSource(url);
		source.addEventListener("open", () => {
			connection.value = "live";
			watcher.onOpen();
		});
		source.addEventListener("error", () => {
			connection.value = "lost";
			if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, PAUSE_MS);
		});
		source.addEventListener("study", (event) => watcher.onStudy(readJson(event.data)));
		source.addEventListener("studies", () => watcher.onList?.());
		source.addEventListener("gone", (event) => watcher.onGone?.(JSON.parse(event.data).name));
	};

	connection.value = "connecting";
	open();
	return () => {
		clearTimeout(timer);
		source.close();
		connection.value = "none";
	};
}
