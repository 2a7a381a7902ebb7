// What stands where there is nothing to show: what is so, and what to do.
import type { ComponentChildren } from "preact";

import type { ApiError } from "../api/client.js";

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
	return (
		<div class="empty">
			<h2>{title}</h2>
			{children}
		</div>
	);
}

export function Failure({ error, retry }: { error: ApiError | Error; retry?: () => void }) {
	return (
		<div class="empty failure" role="alert">
			<h2>This could not be loaded</h2>
			<p>{error.message}</p>
			{retry && <p><button onClick={retry}>Try again</button></p>}
		</div>
	);
}

export const Loading = ({ what }: { what: string }) =>
	<div class="empty loading" role="status">Loading {what} …</div>;
