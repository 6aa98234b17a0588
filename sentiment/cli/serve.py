"""The war-room page: one store in a browser."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import click

from sentiment.errors import ConfigError, InputError

INSTALL = "The page needs FastAPI and uvicorn: pip install 'outage-sentiment[serve]'."


@click.command()
@click.argument("store", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@click.option(
    "--token-env",
    default="SENTIMENT_TOKEN",
    show_default=True,
    metavar="VAR",
    help="Environment variable that holds the access token; needed beyond this machine.",
)
@click.option("--read-only", is_flag=True, help="Nobody marks or acknowledges anything.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option(
    "--refresh", default=5, show_default=True, type=click.IntRange(1, 3600), help="Seconds between two looks."
)
@click.option("--cert", type=click.Path(path_type=Path), help="Certificate chain (PEM): serve https.")
@click.option("--key", type=click.Path(path_type=Path), help="Its private key (PEM).")
def serve(
    store: Path,
    host: str,
    port: int,
    token_env: str,
    read_only: bool,
    lang: str,
    refresh: int,
    cert: Path | None,
    key: Path | None,
) -> None:
    """Serve the war-room page, the JSON and the metrics of STORE until stopped.

    Example: sentiment serve store --port 8000
    """
    from sentiment.serve.access import check_binding
    from sentiment.store import open_store

    token = os.environ.get(token_env, "").strip()
    check_binding(host, token, token_env)
    if (cert is None) != (key is None):
        raise ConfigError("https needs both --cert and --key.")
    try:
        import uvicorn

        from sentiment.serve.app import make_app
        from sentiment.serve.looks import ServeSettings
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("sentiment"):
            raise
        raise ConfigError(INSTALL) from None
    settings = ServeSettings(token=token, read_only=read_only, lang=lang, refresh_seconds=refresh)
    with open_store(store) as opened, _listen(host, port) as door:
        app = make_app(opened, settings, warm=True)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
            ssl_certfile=None if cert is None else str(cert),
            ssl_keyfile=None if key is None else str(key),
        )
        scheme = "http" if cert is None else "https"
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"{scheme}://{shown}:{door.getsockname()[1]}/")
        uvicorn.Server(config).run(sockets=[door])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(128)  # from here on nobody who reads the address is turned away
    except OSError as error:
        door.close()
        raise InputError(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}; choose another with --port."
        ) from None
    return door
