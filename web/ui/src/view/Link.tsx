// A link within the page: a real one, so that it can be copied or opened in another tab.
import type { ComponentChildren } from "preact";

import { go } from "../model/route.js";

interface Props {
	href: string;
	class?: string;
	title?: string;
	current?: boolean;
	children: ComponentChildren;
}

export function follow(event: MouseEvent, href: string): void {
	if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
	event.preventDefault();
	go(href);
}

export function Link({ href, current, children, ...rest }: Props) {
	return (
		<a href={href} aria-current={current ? "page" : undefined}
			onClick={(event) => follow(event, href)} {...rest}>
			{children}
		</a>
	);
}
