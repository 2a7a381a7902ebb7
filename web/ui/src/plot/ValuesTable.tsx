// The values of a figure in words, closed until somebody asks for them.
import { useMemo, useState } from "preact/hooks";

import type { Figure } from "../api/types.js";
import { plural } from "../view/format.js";
import { valuesOf } from "./values.js";

function Table({ figure, label }: { figure: Figure; label: string }) {
	const { heads, rows, count } = useMemo(() => valuesOf(figure), [figure]);

	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={`Values of ${label}`}>
			<table>
				<caption>{rows.length < count ? `${rows.length} of ${plural(count, "value")}` : plural(count, "value")}</caption>
				<thead><tr>{heads.map((head, i) => <th key={i} scope="col">{head}</th>)}</tr></thead>
				<tbody>
					{rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j}>{cell}</td>)}</tr>)}
				</tbody>
			</table>
		</div>
	);
}

export function Values({ figure, label }: { figure: Figure; label: string }) {
	const [open, setOpen] = useState(false);

	return (
		<details class="figure-values" onToggle={(event) => setOpen(event.currentTarget.open)}>
			<summary>Values<span class="unseen"> of {label}</span></summary>
			{open && <Table figure={figure} label={label} />}
		</details>
	);
}
