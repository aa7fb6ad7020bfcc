"""Requests and answers between a client and a server in one process."""

import json
import logging
import math
import random
import socket
import threading

import pytest
import zmq

from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.link.client import LinkClient
from psi.link.errors import LinkError
from psi.link.messages import Rejected, Request, Response, decode, encode, new_token
from psi.link.server import LinkServer


def refuse(params):
    raise ConfigurationError([Finding("no such item", "--set levl"), Finding("no such trial")])


def fault(params):
    raise RunFault("engine 'ni' stopped: cable out")


HANDLERS = {
    "echo": lambda params: params,
    "refuse": refuse,
    "fault": fault,
    "bug": lambda params: {"rate": 1 / params["n"]},
    "not_json": lambda params: {"lock": threading.Lock()},
}


@pytest.fixture
def token():
    return new_token()


@pytest.fixture
def server(token):
    with LinkServer(token, HANDLERS) as server:
        server.port = server.start()
        yield server
    assert not [thread for thread in threading.enumerate() if thread.name == "psi-link"]


@pytest.fixture
def client(server, token):
    with LinkClient(server.port, token) as client:
        yield client


def raw_send(port, *frames):
    """Send ``frames`` to the server as no client of ours would; closes once they have left."""
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.setsockopt(zmq.LINGER, 5000)
    dealer.connect(f"tcp://127.0.0.1:{port}")
    dealer.send_multipart(frames)
    dealer.close()
    context.term()


def wait_for_rejections(server, client, n):
    """Each answered request is a round trip of the server's thread, so this ends when they were handled."""
    for _ in range(2000):
        if server.rejected >= n:
            return
        client.request("echo")
    pytest.fail(f"{server.rejected} of {n} messages were rejected")


@pytest.mark.parametrize(
    "params",
    [{}, {"trial": 3, "level": 60.5}, {"name": "µV – 10 000", "deep": [{"a": [None, True]}]}, {"x": math.inf}],
)
def test_a_request_is_answered_with_what_the_handler_gives(client, params):
    assert client.request("echo", **params) == params


def test_nan_travels(client):
    assert math.isnan(client.request("echo", rate=math.nan)["rate"])


def test_the_findings_of_a_refusal_reach_the_caller(client):
    with pytest.raises(ConfigurationError) as caught:
        client.request("refuse")
    assert [str(finding) for finding in caught.value.findings] == ["--set levl: no such item", "no such trial"]


def test_a_fault_reaches_the_caller_as_one_line(client):
    with pytest.raises(LinkError, match="'fault' was refused: engine 'ni' stopped: cable out"):
        client.request("fault")


def test_an_unknown_command_names_the_nearest(client):
    with pytest.raises(ConfigurationError, match="'ecko' is nothing .* did you mean 'echo'"):
        client.request("ecko")


@pytest.mark.parametrize(("command", "params", "says"), [("bug", {"n": 0}, "ZeroDivision"), ("not_json", {}, "Type")])
def test_a_handlers_bug_is_logged_and_told_and_the_server_goes_on(client, caplog, command, params, says):
    with caplog.at_level(logging.ERROR), pytest.raises(LinkError, match=says):
        client.request(command, **params)
    assert any(record.exc_info for record in caplog.records)
    assert client.request("echo", still="there") == {"still": "there"}


def test_a_wrong_token_is_not_answered_and_is_counted(server, client):
    with LinkClient(server.port, "0" * 32) as stranger, pytest.raises(LinkError, match="no answer to 'echo'"):
        stranger.request("echo", timeout=0.2)
    wait_for_rejections(server, client, 1)
    assert server.rejected == 1


def test_garbage_is_counted_and_harms_nobody(server, client, token):
    good = json.loads(encode(Request(token=token, number=1, command="echo")))
    garbage = [
        (b"",),
        (b"\x00\xff" * 40,),
        (b"[" * 100_000,),
        (b"null",),
        (encode(Request(token=token, number=1, command="echo")), b"second frame"),
        (encode(Response(token=token, number=1)),),
        *(
            (json.dumps({**good, **change}).encode(),)
            for change in (
                {"extra": 1},
                {"protocol": 2},
                {"type": "patch"},
                {"number": "one"},
                {"token": None},
                {"params": []},
            )
        ),
    ]
    for frames in garbage:
        raw_send(server.port, *frames)
    wait_for_rejections(server, client, len(garbage))
    assert server.rejected == len(garbage)


def test_bytes_that_are_not_zeromq_harm_nobody(server, client):
    with socket.create_connection(("127.0.0.1", server.port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.request("echo", a=1) == {"a": 1}


def test_random_damage_to_a_message_is_rejected_or_still_the_same_message(token):
    seed = random.randrange(2**32)
    print("seed", seed)
    rng = random.Random(seed)
    request = Request(token=token, number=7, command="echo", params={"level": 60})
    for _ in range(500):
        data = bytearray(encode(request))
        data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            message = decode(bytes(data), token)
        except Rejected:
            continue
        assert message.token == token


def test_a_server_that_is_not_there_is_said_in_time(token):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with LinkClient(taken.getsockname()[1], token) as client, pytest.raises(LinkError, match="psi status"):
            client.request("status", timeout=0.1)


def test_a_late_answer_is_not_taken_for_the_next_one(token):
    held = threading.Event()

    def slow(params):
        held.wait(10)
        return {"answer": "old"}

    handlers = {"slow": slow, "quick": lambda params: {"answer": "new"}}
    with LinkServer(token, handlers) as server, LinkClient(server.start(), token) as client:
        with pytest.raises(LinkError, match="no answer to 'slow'"):
            client.request("slow", timeout=0.05)
        held.set()
        assert client.request("quick") == {"answer": "new"}


def test_requests_from_several_threads_get_their_own_answers(client):
    wrong = []

    def ask(n):
        wrong.extend(i for i in range(50) if client.request("echo", n=n, i=i) != {"n": n, "i": i})

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_stopping_twice_and_starting_again_work(token):
    server = LinkServer(token, HANDLERS)
    for _ in range(2):
        with LinkClient(server.start(), token) as client:
            assert client.request("echo", a=1) == {"a": 1}
        server.stop()
        server.stop()


def test_starting_twice_is_refused(server):
    with pytest.raises(RuntimeError, match="already running"):
        server.start()


def test_a_closed_client_says_so(server, token):
    client = LinkClient(server.port, token)
    client.close()
    client.close()
    with pytest.raises(LinkError, match="was closed"):
        client.request("echo")
