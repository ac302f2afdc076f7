"""The intake: what becomes of each accepted request until the strategy has it, in the loop's thread.

It knows the accounts and what to call, nothing of listeners or strategies.
"""

from collections.abc import Callable
from time import monotonic

from typedserver.events import Refused
from typedserver.protocols.endpoints import Refusal
from typedserver.protocols.strategies import Overdue
from typedserver.requests.accounts import Accounts
from typedserver.requests.drain import DrainCount
from typedserver.requests.table import Live


class Intake:
    """Takes requests from the acceptor and gives them to the strategy.

    accounts: where each is noted.
    verify: the overridden hook that may refuse a request; None: it is not overridden.
    process: what gives a request to the strategy.
    notes: whether a request is noted here; otherwise ``process`` does it, or nobody.
    overdue: what must be awake while requests are live; None: nothing.
    count: what has come since a drain was asked for; None: none was.
    refuse: closes a request and reports that, given the event.
    failed: reports the exception that is being handled.
    let_out: whether an exception was let out of a request's life, where a hook has raised it.
    by_hook: whether ``process_request`` is overridden.
    refusal: why the listener refuses a request, by its client's address; None: it refuses nobody.

    asks: whether anything is asked before a request is taken.
    """

    __slots__ = (
        "_accounts",
        "_by_hook",
        "_count",
        "_failed",
        "_let_out",
        "_live",
        "_more",
        "_notes",
        "_overdue",
        "_process",
        "_refusal",
        "_refuse",
        "_verify",
        "asks",
    )

    def __init__(
        self,
        accounts: Accounts,
        *,
        verify: Callable[[object, object], bool] | None,
        process: Callable[[object, object], object],
        notes: bool,
        overdue: Overdue | None,
        count: DrainCount | None,
        refuse: Callable[[object, Refused], object],
        failed: Callable[[object, object], object],
        let_out: Callable[[BaseException], bool],
        by_hook: bool,
        refusal: Callable[[object], Refusal | None] | None,
    ) -> None:
        self._accounts = accounts
        self._verify = verify
        self._process = process
        self._notes = notes
        self._overdue = overdue
        self._count = count
        self._refuse = refuse
        self._failed = failed
        self._let_out = let_out
        self._by_hook = by_hook
        self._refusal = refusal
        self._live = accounts.table.requests
        self._more = accounts.takes_more
        self.asks: bool = (
            verify is not None or accounts.admission is not None or count is not None or refusal is not None
        )

    def count_from_now(self, count: DrainCount) -> None:
        """Count what comes, because the server drains; from any thread."""
        self._count = count
        self.asks = True

    def accepted(self, request: object, client_address: object) -> bool:
        """Give a request to the strategy; returns whether that has taken it."""
        if self.asks and not self._may_come(request, client_address):
            return False
        given = False
        try:
            overdue = self._overdue
            if overdue is not None and not overdue.awake:
                overdue.begin()
            if self._notes:
                # What ``Accounts.take`` does, without the call.
                self._live[id(request)] = Live(request, client_address, monotonic())
                if self._more:
                    self._accounts.take_more(request, client_address)
            else:
                self._accounts.given = None
            given = True
            self._process(request, client_address)
        except Exception as error:  # noqa: BLE001 - a strategy or an override that fails refuses this request alone
            if given:
                return self.not_taken(request, client_address, error, request)
            self._give_up(request, client_address, error, request)
            return False
        except BaseException as error:
            # If it was given to the strategy, that ends it.
            if not given:
                self._give_up(request, client_address, error, request)
            raise
        return True

    def not_taken(self, request: object, client_address: object, error: Exception, established: object) -> bool:
        """End a request that the strategy, or an override, has refused by an error, which is being handled.

        established: what the handler would have got. Returns whether the strategy has the request all the same. Raises
        the error if it is a hook's, in the name of a request that is over.
        """
        if self._notes and id(request) not in self._live and self._let_out(error):
            # The request was begun, and is over and released: the hook must not be called for it once more.
            raise error
        if self._by_hook and self._accounts.given == id(request):
            # An overridden process_request has raised after the strategy got the request, and will end it.
            self._failed(request, client_address)
            return True
        self._give_up(request, client_address, error, established)
        return False

    def _give_up(self, request: object, client_address: object, error: BaseException, established: object) -> None:
        """End a request that no worker has, and that has an entry in the accounts or none."""
        # Before it is settled, because then nobody knows its number any more.
        refused = self._accounts.refused(request, client_address, "error", error=error)
        try:
            self._accounts.settle(request, self._live.pop(id(request), None), error)
            if isinstance(error, Exception):
                self._failed(established, client_address)
        finally:
            self._refuse(established, refused)

    def _may_come(self, request: object, client_address: object) -> bool:
        count, admission = self._count, self._accounts.admission
        if count is not None:
            count.taken += 1
        try:
            # First: it costs the least, and those whom it keeps out are the most.
            if self._refusal is not None and (barred := self._refusal(client_address)) is not None:
                self._refuse(request, self._accounts.refused(request, client_address, barred))
                return False
            if self._verify is not None and not self._verify(request, client_address):
                self._refuse(request, self._accounts.refused(request, client_address, "verify_request"))
                return False
        except Exception as error:  # noqa: BLE001 - a check that fails refuses this request alone
            try:
                self._failed(request, client_address)
            finally:
                self._refuse(request, self._accounts.refused(request, client_address, "error", error=error))
            return False
        if admission is not None and (refusal := admission.refusal(client_address)) is not None:
            reason, limit = refusal
            self._refuse(request, self._accounts.refused(request, client_address, reason, limit=limit))
            return False
        if count is not None:
            count.accepted += 1
        return True
