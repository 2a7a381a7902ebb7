import { dismiss, notices } from "../model/notices.js";

export function Notices() {
	return (
		<div class="notices" aria-live="polite">
			{notices.value.map(({ id, kind, text }) => (
				<div key={id} class={`notice ${kind}`} role={kind === "failed" ? "alert" : "status"}>
					<span>{text}</span>
					<button class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>✕</button>
				</div>
			))}
		</div>
	);
}
