// How much of a limit is used.
import { percent } from "./format.js";

interface Props {
	label: string;
	used: number;
	limit: number; // 0: none
	text: string;
}

export function Meter({ label, used, limit, text }: Props) {
	const share = limit <= 0 ? null : used / limit;

	return (
		<div class="meter">
			<span class="label">{label}</span>
			<span class="text">{text}</span>
			{share !== null && (
				<progress max={1} value={Math.min(1, share)} aria-label={`${label}: ${percent(share)} used`} />
			)}
		</div>
	);
}
