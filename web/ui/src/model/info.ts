// What this server is and allows; asked for at first, and of the server that took its place.
import { effect, signal } from "@preact/signals";

import { get } from "../api/client.js";
import { connection } from "../api/events.js";
import type { Info } from "../api/types.js";

export const info = signal<Info | null>(null);

export const canLaunch = (): boolean => info.value?.can_launch ?? false;

export async function loadInfo(): Promise<void> {
	try {
		info.value = await get<Info>("/api/info");
	} catch {
		// The page itself will say what is wrong with its own call.
	}
}

let lost = false;

effect(() => {
	if (connection.value === "live" && lost) void loadInfo();
	lost = connection.value === "lost" || (lost && connection.value !== "live");
});
