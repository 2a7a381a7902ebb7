import { connection } from "../api/events.js";
import { canLaunch, info } from "../model/info.js";
import { place } from "../model/route.js";
import { type Theme, theme } from "../model/theme.js";
import { Link } from "./Link.js";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const MARK: Record<Theme, string> = { system: "◐", light: "☀", dark: "☾" };
const STATE = {
	none: "",
	connecting: "connecting …",
	live: "live",
	lost: "not connected, trying again",
};

function ThemeButton() {
	const chosen = theme.value;

	return (
		<button class="quiet" aria-label={`Colours: ${chosen}. Change to ${NEXT[chosen]}.`}
			title={`Colours: ${chosen}`} onClick={() => (theme.value = NEXT[chosen])}>
			{MARK[chosen]}
		</button>
	);
}

export function Header() {
	const [first, study] = place.value.path;
	const state = connection.value;

	return (
		<header class="top">
			<Link href="/" class="logo">hpo</Link>
			<nav aria-label="Pages">
				<Link href="/" current={first === undefined}>Studies</Link>
				{first === "study" && study !== undefined && <span class="crumb" title={study}>{study}</span>}
			</nav>
			<span class="fill" />
			{info.value && <span class="store" title={info.value.store}>{info.value.store}</span>}
			<span class={`live ${state}`} role="status" title={STATE[state]}>
				{state !== "none" && <span class="dot" aria-hidden="true" />}<span class="word">{STATE[state]}</span>
			</span>
			<ThemeButton />
			{canLaunch() && <Link href="/launch" class="button primary">New study</Link>}
		</header>
	);
}
