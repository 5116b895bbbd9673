"""What deploy/ names exists, and what it promises of safety is written there.

Neither Docker nor systemd runs here; only the form of their files and their ties to the project
are looked at. The script that makes a cluster's certificate runs for real where there is a JDK.
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster_jars import programs
from cryptography import x509
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from processes import PATIENCE, ROOT, plain_environment
from small_libraries import assert_commands_exist, finish

from bot.settings import UNUSABLE_SETTING, BotSettings
from index import IndexSettings, build

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
UNIT = (DEPLOY / "wenchu.service").read_text("utf-8")
TEXTS = {path.name: path.read_text("utf-8") for path in DEPLOY.iterdir() if path.is_file()}
SETTINGS = {f"BOT_{name}".upper() for name in BotSettings.model_fields} | {
    f"INDEX_{name}".upper() for name in IndexSettings.model_fields
}


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    """The one service of the compose file."""
    [service] = yaml.safe_load(TEXTS["compose.yaml"])["services"].values()
    assert isinstance(service, dict)
    return service


def docker(instruction: str) -> list[str]:
    """Returns what stands after an instruction of the Dockerfile, once a time that it occurs."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^ *{instruction} +(.*)$", joined, re.MULTILINE)


def unit(key: str) -> list[str]:
    """Returns the values of a key of the unit."""
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)


def environment_of_the_image() -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", docker("ENV")[-1]))


@pytest.mark.parametrize("name", TEXTS)
def test_every_setting_and_every_make_target_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"\b(?:BOT|INDEX)_[A-Z_]*[A-Z]\b", TEXTS[name]))
    assert named <= SETTINGS
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"make (?:-C \S+ )?([a-z-]+)\b", TEXTS[name]):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_that_is_named_exists(name: str) -> None:
    assert_commands_exist(TEXTS[name].replace('", "', " "))


def test_every_place_that_the_guide_links_or_copies_exists() -> None:
    guide = TEXTS["README.md"]
    linked = [DEPLOY / place for place in re.findall(r"\]\(([^)#:]+)\)", guide)]
    copied = [ROOT / place for place in re.findall(r"/opt/wenchu/([\w./-]*\w)", guide)]
    composed = [ROOT / place for place in re.findall(r"-f (\S+)", guide) if "/" in place]
    assert len(linked + copied + composed) > 4
    assert [place for place in linked + copied + composed if not place.exists()] == []


def test_the_readme_of_the_project_points_here() -> None:
    assert "](deploy/README.md)" in (ROOT / "README.md").read_text("utf-8")


# -- the image -----------------------------------------------------------------------------


def test_the_image_is_made_of_what_the_package_needs_and_of_nothing_else() -> None:
    ignored = TEXTS["Dockerfile.dockerignore"].splitlines()
    copied = {
        source
        for line in docker("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "bot", "index"}
    assert all((ROOT / source).exists() for source in copied)
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
    assert "*" in ignored


def test_the_image_has_two_stages_and_ends_as_a_user_without_rights() -> None:
    first, second = docker("FROM")
    assert first.startswith("python:3.12-slim AS ")
    assert second == "python:3.12-slim"
    [stage] = re.findall(r"COPY --from=(\w+)", DOCKERFILE)
    assert first.endswith(f" {stage}")
    assert docker("USER") == ["wenchu"]
    assert DOCKERFILE.index("USER wenchu") > DOCKERFILE.rindex("RUN ")


def test_the_image_keeps_articles_and_index_in_its_volumes() -> None:
    environment = environment_of_the_image()
    [volumes] = docker("VOLUME")
    for setting in ("INDEX_SEEDS", "INDEX_DATA"):
        assert f'"{environment[setting]}"' in volumes


@pytest.mark.parametrize("built", [True, False])
def test_the_health_check_tells_whether_there_is_an_index_without_a_network(
    built: bool, tmp_path: Path
) -> None:
    [check] = re.findall(r"HEALTHCHECK[^\[]*\[(.*)\]", DOCKERFILE.replace("\\\n", ""))
    words = [word.strip('" ') for word in check.split(",")]
    assert words[0] == "python"
    environment = plain_environment() | {
        "INDEX_SEEDS": str(ROOT / "seeds"),
        "INDEX_DATA": str(tmp_path / "data"),
    }
    if built:
        finish(build(IndexSettings(seeds=ROOT / "seeds", data=tmp_path / "data")))
    checked = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, *words[1:]],
        env=environment,
        check=False,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (checked.returncode == 0) is built


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("host", ["", "0.0.0.0:", "[::]:"])
def test_the_health_check_of_the_container_asks_the_bot_where_it_tells(
    host: str, status: int, service: dict[str, Any]
) -> None:
    asked: list[str] = []

    class Bot(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Bot) as bot:
        serving = threading.Thread(target=bot.serve_forever)
        serving.start()
        try:
            code = checked_health(service, BOT_METRICS_LISTEN=f"{host}{bot.server_port}")
        finally:
            bot.shutdown()
            serving.join()
    assert asked == ["/healthz"]
    assert (code == 0) is (status == 200)


@pytest.mark.parametrize("built", [True, False])
def test_the_health_check_of_the_container_is_that_of_the_image_where_the_bot_tells_nothing(
    built: bool, service: dict[str, Any], tmp_path: Path
) -> None:
    settings = IndexSettings(seeds=ROOT / "seeds", data=tmp_path / "data")
    if built:
        finish(build(settings))
    assert (checked_health(service, INDEX_DATA=str(settings.data)) == 0) is built


def checked_health(service: dict[str, Any], **environment: str) -> int:
    """Returns the exit code of the container's health check."""
    shell, check = service["healthcheck"]["test"]
    assert shell == "CMD-SHELL"
    found = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(  # noqa: S603 - our own command; compose writes a dollar sign as two
        ["/bin/sh", "-c", check.replace("$$", "$")],
        env=plain_environment() | {"PATH": found, **environment},
        check=False,
        capture_output=True,
        timeout=PATIENCE,
    ).returncode


def test_the_container_writes_nothing_but_articles_its_volume_and_its_temporary_folder(
    service: dict[str, Any],
) -> None:
    environment = environment_of_the_image()
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - inside the container
    mounted = dict(volume.split(":", 1) for volume in service["volumes"])
    assert mounted["../seeds"] == environment["INDEX_SEEDS"]
    assert mounted["data"] == environment["INDEX_DATA"]
    assert "data" in yaml.safe_load(TEXTS["compose.yaml"])["volumes"]
    assert service["environment"] == {
        name: value for name, value in environment.items() if name.startswith("INDEX_")
    }


def test_the_container_is_built_here_started_again_and_without_rights(
    service: dict[str, Any],
) -> None:
    context = (DEPLOY / service["build"]["context"]).resolve()
    assert context == ROOT.resolve()
    assert (context / service["build"]["dockerfile"]).is_file()
    assert (DEPLOY / service["env_file"]).resolve().parent == ROOT.resolve()
    assert service["restart"] == "unless-stopped"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    options = service["logging"]["options"]
    assert options["max-size"]
    assert int(options["max-file"]) > 1


# -- the cluster ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """The compose file of the cluster, with its anchors resolved."""
    composed = yaml.safe_load(TEXTS["compose.opensearch.yml"])
    assert isinstance(composed, dict)
    return composed


@pytest.fixture(scope="module")
def nodes(composed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The nodes of the cluster by their names."""
    services = {
        name: service
        for name, service in composed["services"].items()
        if name.startswith("opensearch-")
    }
    assert len(services) == 3
    return services


def test_the_nodes_know_each_other_and_keep_what_they_store(
    composed: dict[str, Any], nodes: dict[str, dict[str, Any]]
) -> None:
    for name, node in nodes.items():
        settings = node["environment"]
        assert settings["node.name"] == name
        for known in ("discovery.seed_hosts", "cluster.initial_cluster_manager_nodes"):
            assert settings[known].split(",") == list(nodes)
        assert f"{name}:/usr/share/opensearch/data" in node["volumes"]
        assert node["image"] == "opensearchproject/opensearch:2.19.1"
        assert node["healthcheck"]["test"]
        assert "ports" not in node
    mounted = {
        volume.split(":")[0]
        for service in composed["services"].values()
        for volume in service["volumes"]
    }
    named = {volume for volume in mounted if not volume.startswith(".")}
    assert named | {"data"} == set(composed["volumes"])


def test_the_bot_beside_the_nodes_is_the_other_one_with_the_settings_of_the_cluster(
    composed: dict[str, Any], nodes: dict[str, dict[str, Any]], service: dict[str, Any]
) -> None:
    bot = composed["services"]["bot"]
    assert yaml.safe_load(TEXTS["compose.yaml"])["services"][bot["extends"]["service"]] == service
    assert bot["extends"]["file"] == "compose.yaml"
    assert composed["name"] == yaml.safe_load(TEXTS["compose.yaml"])["name"]
    settings = bot["environment"]
    assert settings["INDEX_ENGINE"] == "opensearch"
    assert settings["INDEX_OPENSEARCH_URL"] == ",".join(f"https://{name}:9200" for name in nodes)
    assert dict.fromkeys(nodes, "service_healthy") == {
        name: needed["condition"] for name, needed in bot["depends_on"].items()
    }
    [authority] = bot["volumes"]
    assert authority == "authority:/wenchu/authority:ro"
    assert settings["INDEX_OPENSEARCH_CA"] == "/wenchu/authority/ca.pem"
    assert "INDEX_OPENSEARCH_PASSWORD" not in settings


def test_the_nodes_show_what_the_script_makes_and_nothing_that_everybody_knows(
    composed: dict[str, Any], nodes: dict[str, dict[str, Any]]
) -> None:
    script = TEXTS["opensearch-security.sh"]
    security = composed["services"]["security"]
    assert security["entrypoint"][-1] in {volume.split(":")[1] for volume in security["volumes"]}
    assert "./opensearch-security.sh:/opensearch-security.sh:ro" in security["volumes"]
    assert (DEPLOY / security["env_file"]).resolve().parent == ROOT.resolve()
    for name, node in nodes.items():
        assert node["depends_on"]["security"]["condition"] == "service_completed_successfully"
        settings = node["environment"]
        assert settings["DISABLE_INSTALL_DEMO_CONFIG"] == "true"
        assert settings["plugins.security.ssl.http.enabled"] == "true"
        assert f"dns:{name}" in script
        assert settings["plugins.security.nodes_dn"] in script
        for key, value in settings.items():
            if key.endswith("store_filepath"):
                folder, _, file = value.partition("/")
                assert folder == "opensearch-security"
                assert f"-keystore {file}" in script
        assert "security:/usr/share/opensearch/config/opensearch-security:ro" in node["volumes"]


PASSWORD = "quotes' \" and $1"  # noqa: S105 - made up
HASH = "$2y$12$" + "a" * 53


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of an OpenSearch whose tool for passwords notes what it is asked."""
    tools = tmp_path / "plugins" / "opensearch-security" / "tools"
    tools.mkdir(parents=True)
    noted = f"echo \"$* $INDEX_OPENSEARCH_PASSWORD\" >'{tools / 'asked'}'"
    (tools / "hash.sh").write_text(f"echo WARNING: not a hash\n{noted}\necho '{HASH}'\n", "utf-8")
    (tmp_path / "config" / "opensearch-security").mkdir(parents=True)
    (tmp_path / "authority").mkdir()
    return tmp_path


def secure(home: Path, password: str) -> "subprocess.CompletedProcess[str]":
    """Runs the script as the compose file does."""
    return subprocess.run(  # noqa: S603 - our own script
        ["/bin/sh", f"{DEPLOY / 'opensearch-security.sh'}", f"{home / 'authority'}"],
        env={
            "PATH": os.environ["PATH"],
            "OPENSEARCH_HOME": f"{home}",
            "INDEX_OPENSEARCH_PASSWORD": password,
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_nothing_is_secured_without_a_password(home: Path) -> None:
    ran = secure(home, "")
    assert (ran.returncode, ran.stderr) == (1, "INDEX_OPENSEARCH_PASSWORD is missing in .env.\n")
    assert list((home / "config" / "opensearch-security").iterdir()) == []
    assert list((home / "authority").iterdir()) == []


@pytest.mark.cluster
def test_the_script_makes_a_certificate_for_the_nodes_and_the_user_of_the_bot(
    home: Path, nodes: dict[str, dict[str, Any]]
) -> None:
    (home / "jdk").symlink_to(Path(programs().java).resolve().parent.parent)
    security = home / "config" / "opensearch-security"
    (security / "node.p12").write_bytes(b"left by a run that was stopped")
    ran = secure(home, PASSWORD)
    assert ran.returncode == 0, ran.stderr

    trusted = x509.load_pem_x509_certificate((home / "authority" / "ca.pem").read_bytes())
    key, shown, _ = load_key_and_certificates((security / "node.p12").read_bytes(), b"changeit")
    assert key is not None
    assert shown == trusted
    assert key.public_key() == trusted.public_key()
    assert trusted.subject.rfc4514_string() == "CN=wenchu-opensearch"
    names = trusted.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [*nodes, "localhost"]

    users = yaml.safe_load((security / "internal_users.yml").read_text("utf-8"))
    assert users.pop("_meta")["type"] == "internalusers"
    assert users == {"wenchu": {"hash": HASH, "backend_roles": ["admin"]}}
    asked = home / "plugins" / "opensearch-security" / "tools" / "asked"
    assert asked.read_text("utf-8") == f"-env INDEX_OPENSEARCH_PASSWORD {PASSWORD}\n"
    assert PASSWORD not in ran.stdout + ran.stderr

    assert (home / "authority" / "ca.pem").stat().st_mode & 0o777 == 0o644
    for secret in ("node.p12", "internal_users.yml"):
        assert (security / secret).stat().st_mode & 0o077 == 0, secret


@pytest.mark.cluster
def test_a_second_run_of_the_script_changes_nothing(home: Path) -> None:
    (home / "jdk").symlink_to(Path(programs().java).resolve().parent.parent)
    files = [home / "authority" / "ca.pem", home / "config" / "opensearch-security" / "node.p12"]
    assert secure(home, PASSWORD).returncode == 0
    made = [file.read_bytes() for file in files]
    assert secure(home, "another").returncode == 0
    assert [file.read_bytes() for file in files] == made


# -- the service of systemd ----------------------------------------------------------------


def test_the_unit_can_be_read_and_starts_the_bot() -> None:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    parsed.read_string(UNIT)
    assert parsed.sections() == ["Unit", "Service", "Install"]
    [start] = unit("ExecStart")
    assert start.endswith("; exec /opt/wenchu/.venv/bin/python -m bot'")
    assert unit("WorkingDirectory") == ["/opt/wenchu"]
    assert unit("Restart") == ["on-failure"]


def test_the_unit_does_not_restart_what_a_setting_keeps_from_starting() -> None:
    assert unit("RestartPreventExitStatus") == [str(UNUSABLE_SETTING)]


def test_the_unit_lets_the_bot_report_to_the_watchdog() -> None:
    [seconds] = unit("WatchdogSec")
    assert int(seconds) > 0
    assert "AF_UNIX" in unit("RestrictAddressFamilies")[0].split()


def test_the_unit_writes_only_where_systemd_lets_it() -> None:
    environment = dict(value.split("=", 1) for value in unit("Environment"))
    [state] = unit("StateDirectory")
    assert environment["INDEX_DATA"].startswith(f"/var/lib/{state}/")
    assert environment["INDEX_SEEDS"] in TEXTS["README.md"]
    assert unit("EnvironmentFile")[0] in TEXTS["README.md"]
    for promise in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "ProtectHome"):
        assert unit(promise) == ["yes"], promise
    assert unit("ProtectSystem") == ["strict"]
    assert unit("CapabilityBoundingSet") == [""]


@pytest.mark.parametrize("token", ["123:abc", ""])
def test_the_unit_does_not_start_without_a_token_and_is_not_restarted(token: str) -> None:
    [command] = re.findall(r"^/bin/sh -c '(.*)'$", unit("ExecStart")[0])
    command = command.replace("/opt/wenchu/.venv/bin/python -m bot", "true")
    # systemd writes a dollar sign as two.
    checked = subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", command.replace("$$", "$")],
        env={"BOT_TOKEN": token},
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert checked.returncode == (0 if token else UNUSABLE_SETTING)
    assert token or "BOT_TOKEN is missing in /etc/wenchu/wenchu.env" in checked.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    """The interpreter stands elsewhere here."""
    copy = tmp_path / "wenchu.service"
    copy.write_text(UNIT.replace("/opt/wenchu/.venv/bin/python", "/bin/sh"), "utf-8")
    verified = subprocess.run(  # noqa: S603 - our own unit
        ["systemd-analyze", "verify", str(copy)],  # noqa: S607 - wherever it is installed
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
