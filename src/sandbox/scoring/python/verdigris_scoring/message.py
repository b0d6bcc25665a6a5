"""Requests and responses with those parts of Flask's interface that scoring scripts use."""

import io
import json
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl, urlsplit

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class Headers:
    """Names in any case; a name may come more than once."""

    def __init__(self, pairs=()):
        self._pairs = [(str(name), str(value)) for name, value in pairs]

    def get(self, name, default=None, type=None):
        values = self.getlist(name)
        if not values:
            return default
        return values[0] if type is None else _converted(values[0], type, default)

    def getlist(self, name):
        return [value for known, value in self._pairs if known.lower() == name.lower()]

    get_all = getlist

    def add(self, name, value, **_options):
        self._pairs.append((str(name), str(value)))

    add_header = add

    def set(self, name, value):
        self.remove(name)
        self.add(name, value)

    def remove(self, name):
        self._pairs = [pair for pair in self._pairs if pair[0].lower() != name.lower()]

    def items(self):
        return list(self._pairs)

    def keys(self):
        return [name for name, _ in self._pairs]

    def values(self):
        return [value for _, value in self._pairs]

    def __getitem__(self, name):
        values = self.getlist(name)
        if not values:
            raise KeyError(name)
        return values[0]

    __setitem__ = set
    __delitem__ = remove

    def __contains__(self, name):
        return bool(self.getlist(name))

    def __iter__(self):
        return iter(self._pairs)

    def __len__(self):
        return len(self._pairs)


class MultiDict(dict):
    """A name has a list of values; plain access gives the first."""

    def __init__(self, pairs=()):
        super().__init__()
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def __getitem__(self, name):
        return super().__getitem__(name)[0]

    def get(self, name, default=None, type=None):
        if name not in self:
            return default
        return self[name] if type is None else _converted(self[name], type, default)

    def getlist(self, name):
        return list(super().get(name, []))

    def items(self):
        return [(name, self[name]) for name in self]

    def values(self):
        return [self[name] for name in self]

    def lists(self):
        return [(name, self.getlist(name)) for name in self]

    def to_dict(self, flat=True):
        return {name: self[name] if flat else self.getlist(name) for name in self}


def _converted(value, type, default):
    try:
        return type(value)
    except (ValueError, TypeError):
        return default


class UploadedFile:
    """A file of a multipart form."""

    def __init__(self, name, filename, content_type, content):
        self.name = name
        self.filename = filename
        self.content_type = self.mimetype = content_type
        self.stream = io.BytesIO(content)

    def read(self, *args):
        return self.stream.read(*args)

    def seek(self, *args):
        return self.stream.seek(*args)

    def save(self, path):
        with open(path, "wb") as file:
            file.write(self.stream.read())

    def __iter__(self):
        return iter(self.stream)


class Request:
    """What a script decorated with @rawhttp is given."""

    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method = method
        self.path = parts.path
        self.query_string = parts.query.encode("utf-8")
        self.full_path = "%s?%s" % (parts.path, parts.query)
        self.headers = headers
        self.host = headers.get("host", "localhost")
        self.base_url = "http://%s%s" % (self.host, parts.path)
        self.url = self.base_url + ("?" + parts.query if parts.query else "")
        self.args = MultiDict(parse_qsl(parts.query, keep_blank_values=True))
        self.content_type = headers.get("content-type")
        self.mimetype = (self.content_type or "").split(";")[0].strip().lower()
        self.content_length = headers.get("content-length", len(body) or None, int)
        self.stream = io.BytesIO(body)
        self._body = body
        self._form = None

    @property
    def is_json(self):
        subtype = self.mimetype.split("/")[-1]
        return self.mimetype == "application/json" or subtype.endswith("+json")

    @property
    def data(self):
        # As in Flask: a form is read as a form, and then there is no data left.
        return b"" if self.mimetype in FORM_TYPES else self._body

    def get_data(self, cache=True, as_text=False, parse_form_data=False):
        body = self.data if parse_form_data else self._body
        return body.decode("utf-8", "replace") if as_text else body

    @property
    def json(self):
        return self.get_json()

    def get_json(self, force=False, silent=False, cache=True):
        if not (force or self.is_json):
            if silent:
                return None
            raise ValueError("415 Unsupported Media Type: the Content-Type is not application/json")
        try:
            return json.loads(self._body)
        except ValueError:
            if silent:
                return None
            raise

    @property
    def form(self):
        return self._parsed()[0]

    @property
    def files(self):
        return self._parsed()[1]

    @property
    def values(self):
        pairs = [(name, value) for name, values in self.args.lists() for value in values]
        pairs += [(name, value) for name, values in self.form.lists() for value in values]
        return MultiDict(pairs)

    def _parsed(self):
        if self._form is None:
            self._form = self._parse()
        return self._form

    def _parse(self):
        if self.mimetype == "application/x-www-form-urlencoded":
            text = self._body.decode("utf-8", "replace")
            return MultiDict(parse_qsl(text, keep_blank_values=True)), MultiDict()
        if self.mimetype != "multipart/form-data":
            return MultiDict(), MultiDict()
        head = ("Content-Type: %s\r\n\r\n" % self.content_type).encode("utf-8")
        whole = BytesParser(policy=HTTP).parsebytes(head + self._body)
        fields, files = [], []
        for part in whole.iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True) or b""
            filename = part.get_filename()
            if filename is None:
                fields.append((name, content.decode("utf-8", "replace")))
            else:
                files.append((name, UploadedFile(name, filename, part.get_content_type(), content)))
        return MultiDict(fields), MultiDict(files)


class Response:
    """What is sent back; a script may make one itself, as AMLResponse."""

    def __init__(self, response=None, status=200, headers=None, mimetype=None, content_type=None):
        self.status_code = int(status)
        self.headers = Headers(headers.items() if hasattr(headers, "items") else headers or ())
        self.set_data(b"" if response is None else response)
        kind = content_type or _with_charset(mimetype or "text/html")
        if "content-type" not in self.headers:
            self.headers.set("Content-Type", kind)

    def get_data(self, as_text=False):
        return self._body.decode("utf-8") if as_text else self._body

    def set_data(self, value):
        if isinstance(value, str):
            value = value.encode("utf-8")
        elif not isinstance(value, (bytes, bytearray, memoryview)):
            value = b"".join(_bytes(part) for part in value)
        self._body = bytes(value)

    data = property(get_data, set_data)

    @property
    def content_type(self):
        return self.headers.get("content-type")

    @content_type.setter
    def content_type(self, value):
        self.headers.set("Content-Type", value)

    @property
    def mimetype(self):
        return (self.content_type or "").split(";")[0].strip()

    @property
    def json(self):
        return json.loads(self._body)

    get_json = json.fget


def _with_charset(mimetype):
    return mimetype + "; charset=utf-8" if mimetype.startswith("text/") else mimetype


def _bytes(part):
    return part.encode("utf-8") if isinstance(part, str) else bytes(part)


class AMLResponse(Response):
    """An answer of a script: a body, a status, headers. Repeated headers are given with commas."""

    def __init__(
        self, message, status_code, response_headers={}, json_str=False, run_function_failed=False
    ):
        if message is None or json_str:
            text = json.dumps({} if message is None else message)
            super().__init__(text, status=status_code, mimetype="application/json")
        else:
            super().__init__(message, status=status_code)
            if "Content-Type" in response_headers:
                self.headers.remove("Content-Type")
        self.headers["x-ms-run-function-failed"] = run_function_failed
        for name, values in response_headers.items():
            for value in values.split(","):
                self.headers.add(name, value.strip())
