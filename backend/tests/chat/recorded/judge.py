"""Holds exchanges with a ChatKit server (JSON on standard input) against the rules of the program named as argument."""
import importlib.util, json, sys

spec = importlib.util.spec_from_file_location("oracle", sys.argv[1])
oracle = importlib.util.module_from_spec(spec)
sys.modules["oracle"] = oracle
spec.loader.exec_module(oracle)

for exchange in json.load(sys.stdin):
    request, kind = exchange["request"], exchange["request"]["type"]
    try:
        if kind != "no.such.operation":
            oracle.strict(oracle.REQUEST, json.dumps(request))
        if exchange["streams"]:
            stream = oracle.Stream(kind)
            for frame in oracle.frames(exchange["body"]):
                stream.feed(frame)
            stream.end()
            continue
        answer = json.loads(exchange["body"])
        oracle.walk(answer)
        if exchange["status"] >= 400:
            if list(answer) != ["message"]:
                raise oracle.Bad("an error has a message and nothing else")
            continue
        if kind in oracle.RESPONSE:
            oracle.strict(oracle.RESPONSE[kind], exchange["body"])
        elif answer != {}:
            raise oracle.Bad("more than an empty object")
        item = answer.get("updated_item", {})
        for item in [item, *answer.get("data", []), *answer.get("items", {}).get("data", [])]:
            if item.get("type") in ("hidden_context_item", "sdk_hidden_context"):
                raise oracle.Bad("a hidden item")
            if item.get("type") == "widget":
                oracle.widget(item["widget"])
    except oracle.Bad as error:
        sys.exit(f"{kind}: {error}\n{exchange['body']}")
