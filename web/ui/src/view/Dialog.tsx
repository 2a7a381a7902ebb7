// A dialog over the page; the browser keeps the focus in it and closes it on Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
	title: string;
	onClose: () => void;
	children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: Props) {
	const ref = useRef<HTMLDialogElement>(null);

	useEffect(() => ref.current?.showModal(), []);
	return (
		<dialog ref={ref} aria-label={title} onClose={onClose}
			onClick={(event) => event.target === ref.current && ref.current?.close()}>
			<div class="dialog">
				<header>
					<h2>{title}</h2>
					<button class="quiet" aria-label="Close" onClick={() => ref.current?.close()}>✕</button>
				</header>
				{children}
			</div>
		</dialog>
	);
}
