from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from sfm.measure_photo import measure_photo
from sfm.prepare_photos import Prepared, prepare_photo, prepared_photos

PICTURE = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8).repeat(8, 0).repeat(8, 1)
LEFT_RED = np.zeros((240, 320, 3), np.uint8)
LEFT_RED[:, :160, 0] = 255


def picture(mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(PICTURE[..., 0].astype(np.uint16) * 257)
    return Image.fromarray(PICTURE).convert(mode)


def prepare(file: Path, name: str, into: Path) -> Path:
    (photo,) = prepared_photos([measure_photo(name, file)])
    prepare_photo(photo, file, into)
    return into / photo.working


@pytest.mark.parametrize(
    ("name", "mode", "form"),
    [
        ("a.jpg", "RGB", "JPEG"),
        ("A.JPEG", "RGB", "JPEG"),
        ("b.jpg", "CMYK", "JPEG"),
        ("c.jpg", "L", "JPEG"),
        ("d.PNG", "RGBA", "PNG"),
        ("e.png", "I;16", "PNG"),
        ("f.png", "P", "PNG"),
        ("g.webp", "RGB", "WEBP"),
        ("h.tif", "RGB", "TIFF"),
        ("i.HEIC", "RGB", "HEIF"),
        ("j.bmp", "RGB", "BMP"),
        ("k.avif", "RGB", "AVIF"),
        ("really a png.jpg", "RGB", "PNG"),
    ],
)
def test_every_kind_of_photograph_goes_on_as_upright_rgb(
    tmp_path: Path, name: str, mode: str, form: str
) -> None:
    file = tmp_path / name
    picture(mode).save(file, form, quality=95)
    facts = measure_photo(name, file)
    assert (facts.fault, facts.width, facts.height) == ("", 320, 240)
    assert facts.plain == (name in ("a.jpg", "A.JPEG"))
    with Image.open(prepare(file, name, tmp_path / "out")) as made:
        assert (made.format, made.mode, made.size) == (
            "PNG" if "png" in name.lower()[-4:] else "JPEG",
            "RGB",
            (320, 240),
        )
        grey = np.asarray(made.convert("L"), np.float64)
    source = Image.fromarray(PICTURE[..., 0]) if mode == "I;16" else picture(mode).convert("RGB").convert("L")
    assert np.abs(grey - np.asarray(source, np.float64)).mean() < 4


def test_a_name_stays_unless_its_ending_cannot(tmp_path: Path) -> None:
    names = {"cam1/A.JPG": "JPEG", "cam1/A.heic": "HEIF", "b.webp": "WEBP", "b.webp.jpg": "JPEG"}
    photos = []
    for name, form in names.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        picture("RGB").save(tmp_path / name, form)
        photos.append(measure_photo(name, tmp_path / name))
    assert [photo.name for photo in prepared_photos(photos)] == [
        "cam1/A.JPG",
        "cam1/A.heic.jpg",
        "b.webp.jpg.jpg",
        "b.webp.jpg",
    ]


@pytest.mark.parametrize(("orientation", "corner"), [(1, "left"), (3, "right"), (6, "top"), (8, "bottom")])
def test_a_turned_photograph_is_put_upright_and_keeps_its_focal_length(
    tmp_path: Path, orientation: int, corner: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F], exif[0x0110] = "Maker", "Model 1"
    exif.get_ifd(0x8769)[0xA405] = 28
    file = tmp_path / "t.jpg"
    Image.fromarray(LEFT_RED).save(file, exif=exif)
    facts = measure_photo("t.jpg", file)
    assert (facts.width, facts.height) == ((320, 240) if orientation < 5 else (240, 320))
    assert (facts.camera, facts.focal_35mm) == ("Maker Model 1", 28.0)
    made = prepare(file, "t.jpg", tmp_path / "out")
    again = measure_photo("t.jpg", made)
    assert (again.width, again.height, again.focal_35mm) == (facts.width, facts.height, 28.0)
    assert again.plain
    red = np.asarray(Image.open(made))[..., 0].astype(float)
    half = {"left": red[:, :80], "right": red[:, -80:], "top": red[:80], "bottom": red[-80:]}
    assert half[corner].mean() > 200


def test_the_place_is_read_from_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 30.0, 36.0), 3: "E", 4: (151.0, 0.0, 0.0)})
    file = tmp_path / "p.jpg"
    picture("RGB").save(file, exif=exif)
    place = measure_photo("p.jpg", file).place
    assert place is not None
    assert place == pytest.approx((-33.51, 151.0))


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "folder"])
def test_a_damaged_file_is_told_and_raises_nothing(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "x.jpg"
    if kind == "folder":
        file.mkdir()
    elif kind == "truncated":
        picture("RGB").save(file)
        file.write_bytes(file.read_bytes()[:-2000])
    else:
        file.write_bytes(b"" if kind == "empty" else b"not a photograph")
    assert measure_photo("x.jpg", file).fault


def test_a_blurred_photograph_has_less_sharpness_and_an_empty_one_no_contrast(tmp_path: Path) -> None:
    sharp, soft, empty = (tmp_path / f"{name}.png" for name in ("sharp", "soft", "empty"))
    picture("RGB").save(sharp)
    picture("RGB").filter(ImageFilter.GaussianBlur(6)).save(soft)
    Image.new("RGB", (320, 240), "grey").save(empty)
    measured = [measure_photo(file.name, file) for file in (sharp, soft, empty)]
    assert measured[1].sharpness < measured[0].sharpness * 0.01
    assert measured[2].contrast == 0


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    file = tmp_path / "clear.png"
    Image.new("RGBA", (320, 240), (0, 0, 0, 0)).save(file)
    with Image.open(prepare(file, "clear.png", tmp_path / "out")) as made:
        assert made.getpixel((5, 5)) == (255, 255, 255)


def test_a_plain_photograph_is_not_written_again(tmp_path: Path) -> None:
    file = tmp_path / "a b.jpg"
    picture("RGB").save(file)
    target = prepare(file, "a b.jpg", tmp_path / "out")
    assert target.name == "a%20b.jpg"
    assert target.samefile(file)
    assert Prepared(measure_photo("a b.jpg", file), "a b.jpg").working == "a%20b.jpg"
