// A button that puts a text on the clipboard.
import { useState } from "preact/hooks";

import { attempt } from "../model/notices.js";

export function Copy({ text, children }: { text: () => string; children: string }) {
	const [done, setDone] = useState(false);
	const copy = () => attempt(async () => {
		await navigator.clipboard.writeText(text());
		setDone(true);
		setTimeout(() => setDone(false), 1500);
	});

	return <button onClick={copy}>{done ? "Copied ✓" : children}</button>;
}
