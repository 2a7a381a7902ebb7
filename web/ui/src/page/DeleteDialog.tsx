import { useState } from "preact/hooks";

import { deleteStudy } from "../model/commands.js";
import { go } from "../model/route.js";
import { Dialog } from "../view/Dialog.js";

export function DeleteDialog({ name, onClose }: { name: string; onClose: () => void }) {
	const [typed, setTyped] = useState("");
	const remove = async () => {
		if ((await deleteStudy(name)) !== undefined) go("/");
		else onClose();
	};

	return (
		<Dialog title="Delete this study" onClose={onClose}>
			<form onSubmit={(event) => (event.preventDefault(), void remove())}>
				<p>All its trials, their values and their curves go with it. This cannot be undone.</p>
				<label class="field">
					<span>Write its name, <b>{name}</b>, to delete it</span>
					<input value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
				</label>
				<footer><button type="submit" class="danger" disabled={typed !== name}>Delete</button></footer>
			</form>
		</Dialog>
	);
}
