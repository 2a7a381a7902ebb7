// A field whose text is kept as it is typed while the file gets what it means.
import { useEffect, useState } from "preact/hooks";

import { generation } from "./draft.js";
import { TextField } from "./Field.js";

interface Props {
	path: string;
	label: string;
	hint?: string;
	wide?: boolean;
	placeholder?: string;
	numeric?: boolean;
	initial: string;
	set: (text: string) => void;
}

export function OwnText({ initial, set, ...field }: Props) {
	const [text, setText] = useState(initial);
	const now = generation.value;

	useEffect(() => setText(initial), [now]);
	return <TextField {...field} value={text} set={(next) => (setText(next), set(next))} />;
}
