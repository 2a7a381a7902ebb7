// The tail of a log, which grows while it is looked at.
import { useEffect, useRef, useState } from "preact/hooks";

import { type ApiError, get } from "../api/client.js";
import type { Log } from "../api/types.js";

const PAUSE_MS = 1500;
const KEPT = 400_000; // characters

interface Props {
	url: string;
	follow: boolean; // more may come
}

const cut = (text: string) => (text.length > KEPT ? text.slice(text.length - KEPT) : text);

export function LogView({ url, follow }: Props) {
	const [log, setLog] = useState<{ text: string; cut: boolean } | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const box = useRef<HTMLPreElement>(null);
	const next = useRef<number | null>(null);
	const atEnd = useRef(true);

	useEffect(() => {
		const stop = new AbortController();
		let timer: ReturnType<typeof setTimeout> | undefined;
		const read = async () => {
			try {
				const from = next.current === null ? "" : `?offset=${next.current}`;
				const part = await get<Log>(url + from, stop.signal);

				next.current = part.next;
				setError(null);
				setLog((was) => ({
					text: cut((was?.text ?? "") + part.text),
					cut: was === null ? part.offset > 0 : was.cut,
				}));
				// One more look after the end: the last lines may come after the state.
				if (follow || part.next < part.size) timer = setTimeout(read, part.next < part.size ? 0 : PAUSE_MS);
			} catch (cause) {
				if (stop.signal.aborted) return;
				setError(cause as ApiError);
				if (follow) timer = setTimeout(read, PAUSE_MS);
			}
		};

		void read();
		return () => (stop.abort(), clearTimeout(timer));
	}, [url, follow]);
	useEffect(() => {
		if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
	}, [log]);

	if (log === null) return error ? <p class="nothing">{error.message}</p> : <p class="nothing">Reading …</p>;
	return (
		<>
			{log.cut && <p class="faint">Only the end of the log is shown.</p>}
			<pre class="log" ref={box} tabIndex={0} aria-label="Log" onScroll={() => {
				const b = box.current!;

				atEnd.current = b.scrollHeight - b.scrollTop - b.clientHeight < 24;
			}}>{log.text === "" ? "It has printed nothing yet." : log.text}</pre>
		</>
	);
}
