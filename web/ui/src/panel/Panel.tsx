// A figure or a list in its frame: a title, choosers, a menu.
import type { ComponentChildren, Ref } from "preact";

interface Props {
	title: string;
	name: string;
	wide?: boolean;
	tools?: ComponentChildren;
	forwardedRef?: Ref<HTMLElement>;
	children: ComponentChildren;
}

export function Panel({ title, name, wide, tools, forwardedRef, children }: Props) {
	return (
		<section ref={forwardedRef} class={`panel ${wide ? "wide" : ""}`} data-panel={name} aria-label={title}>
			<header>
				<h2>{title}</h2>
				{tools}
			</header>
			{children}
		</section>
	);
}
