// What can be done with a drawn figure: keep it as a picture or as data.
import type { RefObject } from "preact";

import { attempt } from "../model/notices.js";
import { download } from "../view/download.js";
import type { Figure } from "../api/types.js";
import { plotly } from "../plot/load.js";
import { is3d } from "../plot/theme.js";

interface Props {
	name: string;
	figure: Figure | null;
	panel: RefObject<HTMLElement | null>;
}

export function FigureMenu({ name, figure, panel }: Props) {
	const picture = (format: string) => attempt(async () => {
		const element = panel.current?.querySelector<HTMLElement>(".plot");

		if (!element) return;
		await (await plotly(figure !== null && is3d(figure))).downloadImage(element, {
			format, filename: name, width: element.clientWidth, height: element.clientHeight, scale: 2,
		});
	});
	const keep = (event: Event & { currentTarget: HTMLSelectElement }) => {
		const wanted = event.currentTarget.value;

		event.currentTarget.value = "";
		if (wanted === "json") download(`${name}.json`, JSON.stringify(figure), "application/json");
		else if (wanted !== "") void picture(wanted);
	};

	if (figure === null) return null;
	return (
		<select class="menu" aria-label={`Keep the figure ${name}`} title="Keep this figure" onChange={keep}>
			<option value="">⤓</option>
			<option value="png">PNG</option>
			<option value="svg">SVG</option>
			<option value="json">JSON</option>
		</select>
	);
}
