// Where the form shows what the server says is wrong: once, at the field that is nearest to it.
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import type { Validation } from "../api/types.js";

export const validation = signal<Validation | null>(null);

const places = new Map<string, number>();
const placed = signal(0); // grows as fields come and go

function add(path: string, count: number): void {
	places.set(path, (places.get(path) ?? 0) + count);
	placed.value++;
}

// The path of the field that shows the complaint; null where the form has none for it.
export const home = computed<string | null>(() => {
	let path = placed.value < 0 || (validation.value?.valid ?? true) ? null : validation.value!.path;

	while (path && !places.get(path)) path = path.slice(0, Math.max(0, path.lastIndexOf("."), path.lastIndexOf("[")));
	return path || null;
});

// The server's sentence without the path that it begins with, where the field at `path` says that.
export function sentence({ message, path }: Validation, at: string | null): string {
	const text = message ?? "This is no study.";

	return path !== null && path === at && text.startsWith(`${path}: `) ? text.slice(path.length + 2) : text;
}

// What the field at a path has to show; a path of null is no field.
export function useComplaint(path: string | null): string | null {
	useEffect(() => {
		if (path === null) return undefined;
		add(path, 1);
		return () => add(path, -1);
	}, [path]);
	return path !== null && home.value === path ? sentence(validation.value!, path) : null;
}

// Brings the field into view, out of what is folded away, and the keyboard to it.
export function goTo(path: string): void {
	const place = document.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`);

	place?.closest("details")?.setAttribute("open", "");
	place?.scrollIntoView({ block: "center" });
	place?.querySelector<HTMLElement>("input, select, textarea")?.focus({ preventScroll: true });
}
