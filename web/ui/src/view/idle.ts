// Does something when the browser has nothing better to do, or a moment later; the returned
// function calls it off.
export function whenIdle(work: () => void): () => void {
	if (typeof window.requestIdleCallback !== "function") {
		const timer = setTimeout(work, 50); // a browser that does not know idleness

		return () => clearTimeout(timer);
	}
	const handle = window.requestIdleCallback(work, { timeout: 300 });

	return () => window.cancelIdleCallback(handle);
}
