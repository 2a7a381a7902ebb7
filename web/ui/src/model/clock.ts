// The time, in seconds, as often as ages on the page change visibly.
import { signal } from "@preact/signals";

export const now = signal(Date.now() / 1000);

setInterval(() => {
	if (!document.hidden) now.value = Date.now() / 1000;
}, 5000);
