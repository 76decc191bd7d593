"""A warehouse. A shelf knows how much of it is reserved; a reservation can be released.

Wrong: releasing looks whether the shelf would fall below zero, and not whether this reservation was
released already: a repeat releases what belongs to others. Right: it looks at the reservation.
Nobody sends keys: the reservation in the path says what is asked for.
"""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Refusal, serve

shelves, reservations, moves, lock = {}, {}, [], threading.Lock()


def release(number, reason):
    with lock:
        reservation = reservations.get(number)
        if reservation is None:
            raise Refusal(404, "no such reservation")
        if RIGHT and reservation["released"]:
            raise Refusal(409, "this reservation was released before")
        shelf = reservation["shelf"]
        if shelves[shelf] < 5:
            raise Refusal(409, "nothing is reserved there")
        shelves[shelf] -= 5
        reservation["released"] = 1
        moves.append({"id": f"mv_{len(moves)}", "shelf": shelf, "reservation": number, "quantity": 5,
                      "reason": reason})
        return 200, {"reservation": number, "released": 1}


def app(r):
    match r.method, r.parts:
        case "POST", ["shelves"]:
            with lock:
                shelves[r.text("id")] = 50
            return 201, {"id": r.text("id")}
        case "GET", ["shelves", shelf]:
            with lock:
                return 200, {"id": shelf, "reserved": shelves[shelf]}
        case "POST", ["reservations"]:
            with lock:
                reservations[r.text("id")] = {"shelf": r.text("shelf"), "released": 0}
            return 201, {"id": r.text("id")}
        case "GET", ["reservations", number]:
            with lock:
                return 200, {"id": number} | reservations[number]
        case "POST", ["reservations", number, "release"]:
            return release(number, r.text("reason"))
        case "GET", ["moves"]:
            with lock:
                return 200, {"moves": [m for m in moves if m["reservation"] == r.query["reservation"]]}
    raise Refusal(404, "no such path")


serve(app)
