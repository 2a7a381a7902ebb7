// Which columns the table has.
import { useState } from "preact/hooks";

import { setQuery } from "../model/route.js";
import type { StudyView } from "../model/view.js";
import { Dialog } from "../view/Dialog.js";

export function Columns({ view }: { view: StudyView }) {
	const [open, setOpen] = useState(false);
	const shown = new Set(view.shown.value.map((column) => column.key));
	const toggle = (key: string) => {
		if (!shown.delete(key)) shown.add(key);
		view.setColumns(view.columns.value.map((column) => column.key).filter((one) => shown.has(one)));
	};

	return (
		<>
			<button onClick={() => setOpen(true)}>Columns</button>
			{open && (
				<Dialog title="Columns of the table" onClose={() => setOpen(false)}>
					<div class="columns">
						{view.columns.value.map(({ key, title }) => (
							<label key={key} class="check">
								<input type="checkbox" checked={shown.has(key)} onChange={() => toggle(key)} /> {title}
							</label>
						))}
					</div>
					<footer><button onClick={() => setQuery({ cols: null })}>As at first</button></footer>
				</Dialog>
			)}
		</>
	);
}
