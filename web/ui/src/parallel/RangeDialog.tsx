// The range of one axis in fields.
import { useState } from "preact/hooks";

import type { Brush } from "../model/brush.js";
import { Dialog } from "../view/Dialog.js";
import type { Axis } from "./axes.js";

interface Props {
	axis: Axis;
	wanted: Brush[string] | undefined;
	set: (wanted: Brush[string] | null) => void;
	onClose: () => void;
}

function Choices({ axis, wanted, set }: Omit<Props, "onClose">) {
	const chosen = new Set(Array.isArray(wanted) ? wanted : axis.choices);
	const toggle = (choice: string) => {
		if (!chosen.delete(choice)) chosen.add(choice);
		set(chosen.size === axis.choices.length ? null : axis.choices.filter((one) => chosen.has(one)));
	};

	return (
		<div class="columns">
			{axis.choices.map((choice) => (
				<label key={choice} class="check">
					<input type="checkbox" checked={chosen.has(choice)} onChange={() => toggle(choice)} /> {choice}
				</label>
			))}
		</div>
	);
}

function Ends({ axis, wanted, set }: Omit<Props, "onClose">) {
	const now = wanted !== undefined && !Array.isArray(wanted) ? wanted : { low: axis.low, high: axis.high };
	const [low, setLow] = useState(String(now.low));
	const [high, setHigh] = useState(String(now.high));
	const keep = (event: Event) => {
		event.preventDefault();
		const [from, to] = [Number(low), Number(high)];

		if (!Number.isNaN(from) && !Number.isNaN(to) && from <= to) set({ low: from, high: to });
		(event.currentTarget as HTMLElement).closest("dialog")?.close();
	};

	return (
		<form onSubmit={keep}>
			<div class="fields">
				<label class="field"><span>from</span><input inputMode="decimal" value={low} onInput={(e) => setLow(e.currentTarget.value)} /></label>
				<label class="field"><span>to</span><input inputMode="decimal" value={high} onInput={(e) => setHigh(e.currentTarget.value)} /></label>
			</div>
			<footer><button type="submit" class="primary">Show only these</button></footer>
		</form>
	);
}

export function RangeDialog({ axis, wanted, set, onClose }: Props) {
	return (
		<Dialog title={`Range of ${axis.key}`} onClose={onClose}>
			{axis.kind === "choice" ? <Choices axis={axis} wanted={wanted} set={set} /> : <Ends axis={axis} wanted={wanted} set={set} />}
			<footer><button onClick={(event) => (set(null), event.currentTarget.closest("dialog")?.close())}>Show all</button></footer>
		</Dialog>
	);
}
