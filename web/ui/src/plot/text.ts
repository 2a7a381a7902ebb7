// Plotly reads some HTML in its texts: what comes from a study is escaped, and not too long.
const MOST = 60;

export function escapeText(text: string): string {
	const short = text.length > MOST ? `${text.slice(0, MOST)}…` : text;

	return short.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
