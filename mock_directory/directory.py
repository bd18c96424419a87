"""The directory itself: whatever can be asked of it, by the API, the console or a test."""

from mock_directory.certificates import (
    Authority,
    CertificateRequest,
    Issued,
    make_authority,
    make_authority_key,
)
from mock_directory.clock import Clock
from mock_directory.collector import Collected, Collector
from mock_directory.dialects import Dialect, filled
from mock_directory.documents import PLAIN_PATH, Documents
from mock_directory.enrolment import (
    Organisation,
    OrganisationRequest,
    Register,
    Software,
    SoftwareRequest,
    Status,
)
from mock_directory.fetch_log import Fetch, FetchLog
from mock_directory.keyring import DIRECTORY, STRANGER, KeyRequest, Keyring
from mock_directory.keys import Algorithm
from mock_directory.outages import Outage
from mock_directory.problems import Problem, wrong
from mock_directory.state import State
from mock_directory.statements import (
    SignRequest,
    StatementRequest,
    Token,
    TokenRequest,
    signed,
    statement,
    token,
    values_of,
)
from mock_directory.trust import Trust

AUTHORITY_PATH = "/ca.pem"


class Directory:
    """Organisations, software products, keys, certificates and statements."""

    def __init__(
        self, state: State, dialect: Dialect, base: str, clock: Clock | None = None
    ) -> None:
        self.state = state
        self.dialect = dialect
        self.base = base
        self.clock = clock or Clock()
        self.register = Register(state)
        self.keyring = Keyring(state, self.clock)
        self.authority = self._begin()
        self.documents = Documents(dialect, self.keyring, self.register, self.clock)
        self.fetches = FetchLog()
        self.collector = Collector()
        self.outage: Outage | None = None
        """How its own key set fails just now; None: it does not."""

    def _begin(self) -> Authority:
        """Make what a new state lacks, all of it or nothing."""
        held = (self.state.setting("authority_key"), self.state.setting("authority"))
        key = held[0] or make_authority_key()
        certificate = held[1] or make_authority(key, self.clock.now())

        def keep_authority() -> None:
            self.state.keep_setting("authority_key", key)
            self.state.keep_setting("authority", certificate)

        wanted = self.dialect.algorithm
        signing = [k for k in self.keyring.of(DIRECTORY) if k.signs and k.algorithm == wanted]
        made = [] if signing else [self.keyring.make(DIRECTORY, KeyRequest(algorithm=wanted))]
        if made or None in held:
            self.keyring.keep(made, also=keep_authority)
        return Authority(key, certificate)

    @property
    def issuer(self) -> str:
        """What its statements say in ``iss``."""
        return str(filled(self.dialect.issuer, {"base": self.base}))

    def trust(self) -> Trust:
        """Return what a provider must be told."""
        shown = self.keyring.shown([DIRECTORY])
        return Trust(
            issuer=self.issuer,
            jwks_uri=self.base + self.dialect.documents.get("directory", PLAIN_PATH),
            algorithms=sorted({key.algorithm for key in shown}),
            dialect=self.dialect.name,
            statement_lifetime_s=self.dialect.lifetime_s,
            ca_bundle=self.authority.pem,
            ca_bundle_uri=self.base + AUTHORITY_PATH,
        )

    def enrol_organisation(self, request: OrganisationRequest) -> Organisation:
        """Enrol an organisation."""
        made = Organisation(
            id=self.dialect.new_id("organisation"),
            status="active",
            enrolled=self.clock.now(),
            **request.model_dump(),
        )
        self.register.keep_organisation(made)
        return made

    def enrol_software(self, request: SoftwareRequest) -> Software:
        """Enrol a software product, with keys unless it has its own.

        Raises:
            Problem: there is no such organisation.

        """
        try:
            organisation = self.register.organisation(request.organisation_id)
        except Problem:
            raise wrong("organisation_id", "names no enrolled organisation") from None
        identifier = self.dialect.new_id("software")
        made = Software(
            id=identifier,
            status="active",
            enrolled=self.clock.now(),
            **request.model_dump(exclude={"algorithms", "organisation_id"}),
            organisation_id=organisation.id,
        )
        has_its_own = request.jwks is not None or request.jwks_uri is not None
        wanted = request.algorithms or ([] if has_its_own else [self.dialect.algorithm])
        fresh = [self.keyring.make(identifier, KeyRequest(algorithm=one)) for one in wanted]
        self.keyring.keep(fresh, also=lambda: self.register.keep_software(made))
        return made

    def located(self, software: Software) -> Software:
        """Return a software product with the place of its keys, whoever serves them."""
        if software.jwks_uri is not None:
            return software
        path = self.documents.path_of("software", software.organisation_id, software.id)
        return software.model_copy(update={"jwks_uri": self.base + path})

    def set_organisation_status(self, identifier: str, status: Status) -> Organisation:
        """Change an organisation's status."""
        with self.state.transaction():
            changed = self.register.organisation(identifier).model_copy(update={"status": status})
            self.register.keep_organisation(changed)
        return changed

    def set_software_status(self, identifier: str, status: Status) -> Software:
        """Change a software product's status."""
        with self.state.transaction():
            changed = self.register.software(identifier).model_copy(update={"status": status})
            self.register.keep_software(changed)
        return changed

    def issue_statement(self, identifier: str, request: StatementRequest) -> Token:
        """Issue a software statement, each a new one.

        Raises:
            Problem: software or organisation is unknown or not active, or no key can sign.

        """
        software = self.located(self.register.software(identifier))
        organisation = self.register.organisation(software.organisation_id)
        for kind, enrolled in (("organisation", organisation), ("software product", software)):
            if enrolled.status != "active" and not request.whatever_status:
                said = f"the {kind} is {enrolled.status}; say whatever_status to get one anyway"
                raise wrong("whatever_status", said, 409)
        algorithm = self._algorithm(request.algorithm, request.key)
        key = self.keyring.signer(DIRECTORY, algorithm, request.key)
        now = self.clock.now()
        return statement(
            self.dialect, request, organisation, software, key, base=self.base, now=now
        )

    def _algorithm(self, asked: Algorithm | None, key: str | None) -> Algorithm | None:
        # A key that is named by its id signs with what it was made for.
        by_id = key not in (None, "current", "previous", STRANGER)
        return asked or (None if by_id else self.dialect.algorithm)

    def sign(self, request: SignRequest) -> Token:
        """Sign anything with a key of the directory: a lie is believed only if it is signed.

        Raises:
            Problem: there is no such key, or it cannot sign with that algorithm.

        """
        key = self.keyring.signer(DIRECTORY, self._algorithm(None, request.key), request.key)
        return signed(self.dialect, request, key)

    def sign_as_software(self, identifier: str, request: TokenRequest) -> Token:
        """Sign claims with a software product's key.

        Raises:
            Problem: there is no such software, or the directory holds no such key of it.

        """
        software = self.register.software(identifier)
        return token(request, self.keyring.signer(software.id, request.algorithm, request.key))

    def issue_certificate(self, identifier: str, request: CertificateRequest) -> Issued:
        """Issue a TLS client certificate to a software product.

        Raises:
            Problem: there is no such software, or the key cannot be used.

        """
        software = self.located(self.register.software(identifier))
        organisation = self.register.organisation(software.organisation_id)
        values = values_of(self.dialect, organisation, software, base=self.base)
        subject = [(kind, str(filled(value, values))) for kind, value in self.dialect.subject]
        return self.authority.client(request, subject, self.clock.now())

    def fetches_of(self, collected: Collected) -> list[Fetch]:
        """Return every fetch of a collected URL that is remembered."""
        return [
            fetch
            for fetch in self.fetches.since()
            if self.collector.identifier_in(fetch.path) == collected.id
        ]

    def owner(self, software_id: str | None) -> str:
        """Return whose keys are meant: a software product's, or the directory's own."""
        return DIRECTORY if software_id is None else self.register.software(software_id).id
