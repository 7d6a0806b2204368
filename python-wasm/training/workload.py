"""What CPython is trained with: requests to web applications, and what those call of the standard library.

Runs inside the instrumented interpreter, whose stdout is for the counts: nothing prints. It does the same
in each run: no clock, no entropy and no order of files decides on anything.
"""

import breadth
import library
import web


def main():
    web.least(6000)
    web.with_flask(250)
    web.with_django(150)
    for _ in range(150):
        library.plain_code()
        library.of_text()
        library.of_data()
        library.of_messages()
        library.of_a_database()
    for _ in range(3):
        breadth.of_bytes()
        breadth.of_characters()
        breadth.of_numbers()
        breadth.of_containers()
        breadth.of_source()


if __name__ == "__main__":
    main()
