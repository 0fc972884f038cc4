"""`python -m usageflow_local`: the command line. Exit codes: 0 done, 1 failed, 2 wrong use, 3 something is missing, 4 runs already."""

import argparse
import os
import sys
from pathlib import Path

from usageflow_local import commands
from usageflow_local.errors import LocalRuntimeError
from usageflow_local.home import Home
from usageflow_local.layout import usual_ports
from usageflow_local.ports import PORT_MAX
from usageflow_local.services import SERVICES


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _command(options)
    except LocalRuntimeError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _command(options: argparse.Namespace) -> int:  # noqa: PLR0911  # one return for each command
    home = Home(Path(options.home))
    match options.command:
        case "run" | "hold":
            services = SERVICES if options.command == "run" else ()
            dashboard = bool(services) and not options.no_dashboard
            return commands.run(
                home, _asked_ports(options), throwaway=options.throwaway, services=services, dashboard=dashboard
            )
        case "up":
            return commands.up(home, _asked_ports(options), throwaway=options.throwaway)
        case "stop" | "down":
            return commands.stop(home)
        case "status":
            return commands.status(home)
        case "logs":
            return commands.logs(home, options.part, lines=options.lines)
        case "packages":
            return commands.packages(home)
        case "compose-env":
            return commands.compose_env(Path(options.file))
        case _:
            return commands.clean(home)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--home",
        default=os.environ.get("USAGEFLOW_HOME", ".usageflow"),
        help="folder of data, logs and secrets (default: USAGEFLOW_HOME, else .usageflow)",
    )
    starting = argparse.ArgumentParser(add_help=False)
    starting.add_argument("--throwaway", action="store_true", help="fast and forgetful: data is deleted at the end")
    for part, port in usual_ports(SERVICES, dashboard=True).items():
        starting.add_argument(
            f"--port-{part.removesuffix('-api')}",
            type=_port,
            metavar="N",
            default=os.environ.get(f"USAGEFLOW_PORT_{_option(part).upper()}"),
            help=f"of {part} (default {port}, or another when that is taken)",
        )
    parser = argparse.ArgumentParser(prog="usageflow_local", description="UsageFlow on this machine.")
    commands_of = parser.add_subparsers(dest="command", required=True)
    run = commands_of.add_parser("run", parents=[common, starting], help="everything, until Ctrl-C")
    run.add_argument("--no-dashboard", action="store_true", help="leave the dashboard out (it needs Node.js)")
    commands_of.add_parser("packages", parents=[common], help="install the dashboard's packages")
    commands_of.add_parser("up", parents=[common, starting], help="PostgreSQL and Kafka alone, in the background")
    commands_of.add_parser("hold", parents=[common, starting], help="PostgreSQL and Kafka alone, until Ctrl-C")
    commands_of.add_parser("stop", parents=[common], help="end what `run` or `up` started")
    commands_of.add_parser("down", parents=[common], help="the same")
    commands_of.add_parser("status", parents=[common], help="what runs, and where")
    logs = commands_of.add_parser("logs", parents=[common], help="the ends of the logs")
    logs.add_argument("part", nargs="?", help="one part, e.g. kafka or ingest-worker")
    logs.add_argument("--lines", type=int, default=None, help="how many (default 10 each, or 200 of one part)")
    compose_env = commands_of.add_parser("compose-env", parents=[common], help="make the secrets of docker-compose.yml")
    compose_env.add_argument("--file", default=".env", help="where (default .env)")
    commands_of.add_parser("clean", parents=[common], help="delete the data")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= PORT_MAX):
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {PORT_MAX}, not {text!r}")
    return int(text)


def _asked_ports(options: argparse.Namespace) -> dict[str, int]:
    asked = {part: getattr(options, f"port_{_option(part)}") for part in usual_ports(SERVICES, dashboard=True)}
    return {part: port for part, port in asked.items() if port is not None}


def _option(part: str) -> str:
    return part.removesuffix("-api").replace("-", "_")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
