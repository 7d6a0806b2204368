"""What the applications show."""

ROWS = [
    {"name": f"<Article> {number} & more", "price": number * 1.75, "tags": ["a", "b"][: number % 3]}
    for number in range(40)
]
